//! Groups of vectors that point the same way: average linkage, from the nearest pair on, until no
//! two groups are alike enough. Pure; it must never know what the vectors mean.

/// Groups of indices, largest first. Vectors have unit length.
pub(super) fn group(vectors: &[Vec<f32>], alike_min: f32) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = (0..vectors.len()).map(|at| vec![at]).collect();
    // Mean cosine between groups, kept up to date as they merge.
    let mut alike: Vec<Vec<f32>> =
        vectors.iter().map(|a| vectors.iter().map(|b| cosine(a, b)).collect()).collect();
    let mut alive: Vec<usize> = (0..vectors.len()).collect();
    while let Some((into, from)) = nearest(&alike, &alive, alike_min) {
        let (a, b) = (groups[into].len() as f32, groups[from].len() as f32);
        for &other in &alive {
            let mean = (alike[into][other] * a + alike[from][other] * b) / (a + b);
            alike[into][other] = mean;
            alike[other][into] = mean;
        }
        let moved = std::mem::take(&mut groups[from]);
        groups[into].extend(moved);
        alive.retain(|&at| at != from);
    }
    groups.retain(|group| !group.is_empty());
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    groups
}

/// The member that is most like all others.
pub(super) fn centre(vectors: &[Vec<f32>], group: &[usize]) -> usize {
    let likeness = |at: usize| group.iter().map(|&to| cosine(&vectors[at], &vectors[to])).sum();
    let best = group.iter().copied().max_by(|&a, &b| {
        let (a, b): (f32, f32) = (likeness(a), likeness(b));
        a.total_cmp(&b)
    });
    best.unwrap_or_default()
}

fn nearest(alike: &[Vec<f32>], alive: &[usize], alike_min: f32) -> Option<(usize, usize)> {
    let pairs = alive
        .iter()
        .enumerate()
        .flat_map(|(place, &a)| alive[place + 1..].iter().map(move |&b| (alike[a][b], a, b)));
    let best = pairs.filter(|(alike, ..)| *alike >= alike_min).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, a, b)| (a, b))
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(x: f32, y: f32) -> Vec<f32> {
        let length = x.hypot(y);
        vec![x / length, y / length]
    }

    #[test]
    fn what_points_the_same_way_is_one_group_and_the_rest_stays_alone() {
        let vectors =
            [unit(1.0, 0.0), unit(0.0, 1.0), unit(1.0, 0.1), unit(-1.0, 0.0), unit(1.0, 0.2)];
        let mut groups = group(&vectors, 0.9);
        groups.iter_mut().for_each(|group| group.sort_unstable());
        assert_eq!(groups, [vec![0, 2, 4], vec![1], vec![3]]);
        assert_eq!(centre(&vectors, &groups[0]), 2);
    }

    #[test]
    fn a_chain_of_neighbours_does_not_tie_opposites_together() {
        let ring: Vec<Vec<f32>> = (0..36)
            .map(|at| {
                let angle = f64::from(at) * std::f64::consts::TAU / 36.0;
                unit(angle.cos() as f32, angle.sin() as f32)
            })
            .collect();
        let groups = group(&ring, 0.7);
        assert!(groups.len() >= 3, "{groups:?}");
        assert_eq!(groups.iter().map(Vec::len).sum::<usize>(), 36);
        assert!(group(&[], 0.7).is_empty());
    }
}
