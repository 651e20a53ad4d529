//! Pictures of numbers, drawn as SVG. Each says in words what it shows; the numbers stand in a
//! table beside it.

use yew::prelude::*;

/// Of the picture, which is stretched to its place: words stand beside it.
const WIDTH: f64 = 720.0;
const GROUND: f64 = 180.0;

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
    let column = |(at, bar): (usize, &Bar)| {
        let mut top = GROUND;
        let parts = bar.parts.iter().enumerate().map(|(part, count)| {
            let height = *count as f64 / most as f64 * GROUND;
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
    let label = |at: usize| bars.get(at).map(|bar| bar.label.clone()).unwrap_or_default();
    let total: u64 = bars.iter().map(Bar::height).sum();
    let half = number(GROUND / 2.0);
    html! {
        <>
            <p class="chart-scale" aria-hidden="true"><span>{ most }</span></p>
            <svg class="chart" role="img" aria-label={format!("{title}: {total}")}
                viewBox={format!("0 0 {WIDTH} {GROUND}")} preserveAspectRatio="none"
                direction="ltr">
                <line class="chart-half" x1="0" x2={number(WIDTH)} y1={half.clone()} y2={half} />
                <line x1="0" x2={number(WIDTH)} y1={number(GROUND)} y2={number(GROUND)} />
                { for bars.iter().enumerate().map(column) }
            </svg>
            <p class="chart-scale" aria-hidden="true">
                <span>{ label(0) }</span>
                if bars.len() > 2 {
                    <span>{ label(bars.len() / 2) }</span>
                }
                <span>{ label(bars.len().saturating_sub(1)) }</span>
            </p>
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
