//! Did you mean: the known name closest to an unknown one. Must not know what the names are for.

/// The candidate closest to `word`, if one is close enough to be meant.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    let flat = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    let wanted = flat(word);
    let scored = candidates.into_iter().filter(|candidate| *candidate != word).filter_map(|candidate| {
        let known = flat(candidate);
        let distance = if known == wanted { 0 } else { distance(&wanted, &known, limit)? };
        Some((distance, candidate))
    });
    scored.min_by_key(|(distance, candidate)| (*distance, candidate.len())).map(|(_, candidate)| candidate)
}

/// Number of letters to insert, remove, replace or swap with a neighbour to get from one word to the other; `None` above
/// `limit`.
fn distance(from: &str, to: &str, limit: usize) -> Option<usize> {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    if from.len().abs_diff(to.len()) > limit {
        return None;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (row, letter) in from.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in to.iter().enumerate() {
            let replaced = last[column] + usize::from(letter != other);
            let mut best = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *letter == to[column - 1] && from[row - 1] == *other {
                best = best.min(before_last[column - 1] + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied().filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let known = ["image", "ports", "volumes", "container_name"];
        assert_eq!(closest("imgae", known), Some("image"));
        assert_eq!(closest("port", known), Some("ports"));
        assert_eq!(closest("containerName", known), Some("container_name"));
        assert_eq!(closest("colour", known), None);
    }
}
