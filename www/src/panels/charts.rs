//! Pictures of numbers, drawn as SVG. Each says in words what it shows; the numbers stand in a
//! table beside it.

use yew::prelude::*;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 200.0;

/// Below the bars, for labels.
const FOOT: f64 = 22.0;

/// One column: its label and the parts it is made of, from the ground up.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) parts: [u64; 3],
}

impl Bar {
    fn height(&self) -> u64 {
        self.parts.iter().sum()
    }
}

/// Columns of three parts each, with a legend.
pub(super) fn bars(title: &'static str, bars: &[Bar], names: [&'static str; 3]) -> Html {
    let most = bars.iter().map(Bar::height).max().unwrap_or(0).max(1);
    let step = WIDTH / bars.len().max(1) as f64;
    let ground = HEIGHT - FOOT;
    let column = |(at, bar): (usize, &Bar)| {
        let mut top = ground;
        let parts = bar.parts.iter().enumerate().map(|(part, count)| {
            let height = *count as f64 / most as f64 * (ground - 16.0);
            top -= height;
            html! {
                <rect class={format!("part-{part}")} x={number(at as f64 * step + step * 0.12)}
                    y={number(top)} width={number(step * 0.76)} height={number(height)} />
            }
        });
        html! {
            <g>
                <title>{ format!("{}: {}", bar.label, bar.height()) }</title>
                { for parts }
            </g>
        }
    };
    let label = |at: usize, anchor: &'static str, x: f64| {
        let text = bars.get(at).map(|bar| bar.label.clone()).unwrap_or_default();
        html! { <text x={number(x)} y={number(HEIGHT - 6.0)} text-anchor={anchor}>{ text }</text> }
    };
    let total: u64 = bars.iter().map(Bar::height).sum();
    html! {
        <>
            <svg class="chart" role="img" aria-label={format!("{title}: {total}")}
                viewBox={format!("0 0 {WIDTH} {HEIGHT}")} direction="ltr">
                <line x1="0" x2={number(WIDTH)} y1={number(ground)} y2={number(ground)} />
                { for bars.iter().enumerate().map(column) }
                <text x="0" y="11">{ most }</text>
                { label(0, "start", 0.0) }
                { label(bars.len().saturating_sub(1), "end", WIDTH) }
            </svg>
            <ul class="legend" role="list">
                { for names.iter().enumerate().map(|(part, name)| html! {
                    <li><i class={format!("part-{part}")} aria-hidden="true"></i>{ *name }</li>
                }) }
            </ul>
        </>
    }
}

/// How often each rating was given, the best first.
pub(super) fn rating_bars(title: &'static str, ratings: &[u64; 5], name: fn(u8) -> String) -> Html {
    let most = ratings.iter().max().copied().unwrap_or(1).max(1);
    let rows = (1_u8..=5).zip(ratings).rev().map(|(stars, count)| {
        let width = *count as f64 / most as f64 * 100.0;
        html! {
            <tr>
                <th scope="row">{ name(stars) }</th>
                <td class="rating-bar"><i ~style={format!("inline-size:{width:.1}%")}></i></td>
                <td>{ count }</td>
            </tr>
        }
    });
    html! {
        <table class="table rating-table" aria-label={title}><tbody>{ for rows }</tbody></table>
    }
}

fn number(value: f64) -> String {
    format!("{value:.1}")
}
