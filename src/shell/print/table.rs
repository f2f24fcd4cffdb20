//! Text with tabs to columns, as Go's `text/tabwriter` aligns them: `kubectl get` and `kubectl describe` print through it.
//!
//! A column is a run of consecutive lines that have a cell there; a cell ends with a tab, so what stands
//! after the last tab of a line belongs to no column and is never padded.

/// Rows of cells as `kubectl get` lays them out: columns at least 6 wide, 3 spaces apart.
#[must_use]
pub fn layout(rows: &[Vec<String>]) -> String {
    let lines: Vec<Vec<&str>> = rows
        .iter()
        .map(|row| row.iter().map(String::as_str).collect())
        .collect();
    columns(&lines, 6, 3)
}

/// Text with tabs, aligned as `kubectl describe` aligns it: columns 2 spaces apart.
#[must_use]
pub fn align(text: &str) -> String {
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    columns(&lines, 0, 2)
}

/// Lines of cells with columns at least `min_width` wide, `padding` spaces included.
fn columns(lines: &[Vec<&str>], min_width: usize, padding: usize) -> String {
    let mut writer = Writer {
        lines,
        min_width,
        padding,
        widths: Vec::new(),
        out: String::new(),
    };
    writer.format(0, lines.len());
    writer.out
}

struct Writer<'a> {
    lines: &'a [Vec<&'a str>],
    min_width: usize,
    padding: usize,
    /// Widths of the columns to the left of the block at hand.
    widths: Vec<usize>,
    out: String,
}

impl Writer<'_> {
    fn format(&mut self, mut first: usize, end: usize) {
        let column = self.widths.len();
        let has_cell = |line: usize| column + 1 < self.lines[line].len();
        let mut this = first;
        while this < end {
            if !has_cell(this) {
                this += 1;
                continue;
            }
            self.write(first, this);
            first = this;
            let mut width = self.min_width;
            while this < end && has_cell(this) {
                width = width.max(self.lines[this][column].chars().count() + self.padding);
                this += 1;
            }
            self.widths.push(width);
            self.format(first, this);
            self.widths.pop();
            first = this;
        }
        self.write(first, end);
    }

    fn write(&mut self, first: usize, end: usize) {
        for line in &self.lines[first..end] {
            for (idx, cell) in line.iter().enumerate() {
                self.out.push_str(cell);
                if idx + 1 < line.len()
                    && let Some(width) = self.widths.get(idx)
                {
                    let gap = width.saturating_sub(cell.chars().count());
                    self.out.extend(std::iter::repeat_n(' ', gap));
                }
            }
            self.out.push('\n');
        }
    }
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

    #[test]
    fn a_column_ends_where_a_line_has_no_cell_there() {
        assert_eq!(
            align("Name:\tweb\nLabels:\t<none>\nIPs:\n  IP:\t10.0.0.1\n"),
            "Name:    web\nLabels:  <none>\nIPs:\n  IP:  10.0.0.1\n"
        );
        assert_eq!(align("a\tb\tc\nlonger\td\n"), "a       b  c\nlonger  d\n");
    }
}
