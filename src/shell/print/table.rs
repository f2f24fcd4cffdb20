//! Plain tables: columns as wide as their widest cell and three spaces.

/// Rows of cells as `kubectl get` lays them out; the last column is not padded.
///
/// kubectl's writer (`liggitt/tabwriter`, minimum width 6, padding 3) pads every cell but the last of
/// a row, so an empty last cell leaves the spaces of the column before it.
#[must_use]
pub fn layout(rows: &[Vec<String>]) -> String {
    columns(rows, 6, 3)
}

/// Rows of cells with columns at least `min_width` wide, `padding` spaces apart.
#[must_use]
pub fn columns(rows: &[Vec<String>], min_width: usize, padding: usize) -> String {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..n_columns)
        .map(|column| {
            rows.iter()
                .filter(|row| column + 1 < row.len())
                .map(|row| row[column].chars().count() + padding)
                .max()
                .unwrap_or_default()
                .max(min_width)
        })
        .collect();
    let mut out = String::new();
    for row in rows {
        for (idx, cell) in row.iter().enumerate() {
            out.push_str(cell);
            if idx + 1 < row.len() {
                let gap = widths[idx].saturating_sub(cell.chars().count());
                out.extend(std::iter::repeat_n(' ', gap));
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_three_spaces() {
        let row = |cells: &[&str]| cells.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
        assert_eq!(
            layout(&[row(&["NAME", "AGE", "APP"]), row(&["kubernetes", "5s", ""])]),
            "NAME         AGE   APP\nkubernetes   5s    \n"
        );
    }
}
