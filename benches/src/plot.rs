//! Line charts as SVG: a few hundred octets of text need no library.

use std::fmt::Write as _;

use crate::report::grouped;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 90.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 60.0;
const LINES: u32 = 5;
/// More steps than this have names that would meet: they stand slanted, and take more room.
const LEVEL: usize = 12;
const SLANTED_BOTTOM: f64 = 110.0;
const COLOURS: [&str; 5] = ["#0b7285", "#e8590c", "#5f3dc4", "#868e96", "#2f9e44"];

/// Values over named steps, one line a series. The steps stand at equal distances.
#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) across: &'static str,
    pub(crate) up: &'static str,
    pub(crate) steps: Vec<String>,
    pub(crate) series: Vec<(String, Vec<f64>)>,
}

impl Chart {
    pub(crate) fn svg(&self) -> String {
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        );
        text(&mut out, WIDTH / 2.0, 20.0, "middle", &self.title);
        text(&mut out, WIDTH / 2.0, HEIGHT - 12.0, "middle", self.across);
        text(&mut out, 8.0, TOP - 14.0, "start", self.up);
        let (top, bottom) = (self.top(), self.bottom());
        for line in 0..=LINES {
            let value = top * f64::from(line) / f64::from(LINES);
            let y = height_of(value, top, bottom);
            let _ = writeln!(
                out,
                "<path d=\"M{LEFT} {y:.1}H{:.1}\" stroke=\"#dee2e6\"/>",
                WIDTH - RIGHT
            );
            text(&mut out, LEFT - 8.0, y + 4.0, "end", &label(value, top));
        }
        for (index, step) in self.steps.iter().enumerate() {
            let (x, y) = (self.place(index), HEIGHT - bottom + 20.0);
            match self.is_slanted() {
                false => text(&mut out, x, y, "middle", step),
                true => {
                    let _ = write!(out, "<g transform=\"rotate(-45 {x:.1} {y:.1})\">");
                    text(&mut out, x, y, "end", step);
                    out.push_str("</g>\n");
                }
            }
        }
        for (index, (name, values)) in self.series.iter().enumerate() {
            self.line(&mut out, index, name, values, top);
        }
        out.push_str("</svg>\n");
        out
    }

    fn line(&self, out: &mut String, index: usize, name: &str, values: &[f64], top: f64) {
        let colour = COLOURS.get(index % COLOURS.len()).copied().unwrap_or("black");
        let mut points = String::new();
        for (at, value) in values.iter().enumerate() {
            let (x, y) = (self.place(at), height_of(*value, top, self.bottom()));
            let _ = write!(points, "{x:.1},{y:.1} ");
            let _ =
                writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
        }
        let points = points.trim_end();
        let _ = writeln!(
            out,
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"
        );
        let from = if self.series.len() > 4 { 10.0 } else { 60.0 };
        let each = (WIDTH - LEFT - RIGHT - from) / self.series.len().max(1) as f64;
        let x = LEFT + each.min(150.0) * index as f64 + from;
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{:.1}\" width=\"10\" height=\"10\" fill=\"{colour}\"/>",
            TOP - 23.0
        );
        text(out, x + 14.0, TOP - 14.0, "start", name);
    }

    fn is_slanted(&self) -> bool {
        self.steps.len() > LEVEL
    }

    fn bottom(&self) -> f64 {
        if self.is_slanted() { SLANTED_BOTTOM } else { BOTTOM }
    }

    /// The least round number that no value exceeds.
    fn top(&self) -> f64 {
        let most =
            self.series.iter().flat_map(|(_, values)| values).fold(0.0, |a: f64, b| a.max(*b));
        if most <= 0.0 {
            return 1.0;
        }
        let unit = 10_f64.powf(most.log10().floor());
        let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
        unit * steps.into_iter().find(|step| step * unit >= most).unwrap_or(10.0)
    }

    fn place(&self, index: usize) -> f64 {
        let gaps = self.steps.len().saturating_sub(1).max(1) as f64;
        LEFT + 20.0 + (WIDTH - LEFT - RIGHT - 40.0) * index as f64 / gaps
    }
}

fn height_of(value: f64, top: f64, bottom: f64) -> f64 {
    HEIGHT - bottom - (HEIGHT - TOP - bottom) * value / top
}

fn label(value: f64, top: f64) -> String {
    match top {
        top if top >= 100.0 => grouped(value),
        _ => format!("{value:.2}"),
    }
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>");
}

#[cfg(test)]
mod tests {
    use super::Chart;

    #[test]
    fn every_value_has_its_point_and_names_are_escaped() {
        let chart = Chart {
            title: "a < b".to_owned(),
            across: "window",
            up: "ms",
            steps: vec!["1".to_owned(), "8".to_owned()],
            series: vec![("p50".to_owned(), vec![1.0, 2.0]), ("p99".to_owned(), vec![0.0, 0.0])],
        };
        let svg = chart.svg();
        assert_eq!(svg.matches("<circle").count(), 4);
        assert!(svg.contains("a &lt; b") && svg.ends_with("</svg>\n"));
        assert!(!svg.contains("rotate"));
    }

    #[test]
    fn names_of_many_steps_stand_slanted() {
        let steps = (0..13).map(|step| format!("step {step}")).collect();
        let series = vec![("one".to_owned(), vec![1.0; 13])];
        let svg = Chart { title: String::new(), across: "", up: "", steps, series }.svg();
        assert_eq!(svg.matches("rotate(-45").count(), 13);
    }
}
