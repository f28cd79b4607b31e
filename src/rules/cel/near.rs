//! The name somebody probably meant.

/// The known path with as many parts that differs in the fewest letters, when that is few enough to be
/// a slip; of several, the one that begins alike for longest.
pub(super) fn nearest(path: &str, known: &[String]) -> Option<String> {
    let dots = |text: &str| text.matches('.').count();
    let alike = |k: &str| {
        path.chars()
            .zip(k.chars())
            .take_while(|(a, b)| a == b)
            .count()
    };
    known
        .iter()
        .filter(|k| dots(k) == dots(path))
        .map(|k| (distance(path, k), std::cmp::Reverse(alike(k)), k))
        .min()
        .filter(|(letters, ..)| *letters <= 3)
        .map(|(.., k)| k.clone())
}

/// Letters to change, add or drop (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let changed = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
