//! The tokens of one node over time, as stacked areas in SVG.
//!
//! Colours are those of a light page; the style sheet puts others in their place on a dark one, by the
//! values that stand here.

use plotters::coord::Shift;
use plotters::coord::combinators::BindKeyPoints;
use plotters::prelude::*;

use super::scale;

/// A part of the stack, from below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Free tokens below the reserve.
    Reserved,
    /// Free tokens above it.
    Free,
    /// With computations.
    Allocated,
    /// Released less than 14 days ago.
    Pending,
}

impl Part {
    pub(super) const ALL: [Part; 4] = [Part::Reserved, Part::Free, Part::Allocated, Part::Pending];

    /// The name by which the style sheet knows it.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Part::Reserved => "reserved",
            Part::Free => "free",
            Part::Allocated => "allocated",
            Part::Pending => "pending",
        }
    }

    /// The same values stand in `templates/report.css`.
    const fn colour(self) -> RGBColor {
        match self {
            Part::Reserved => RGBColor(0x00, 0x57, 0x8a),
            Part::Free => RGBColor(0x3d, 0x94, 0xcf),
            Part::Allocated => RGBColor(0xd5, 0x5e, 0x00),
            Part::Pending => RGBColor(0xa6, 0x4d, 0x79),
        }
    }
}

/// The page behind, its text, its lines, and what is yet to come; as in `templates/report.css`.
const PAGE: RGBColor = RGBColor(0xff, 0xff, 0xff);
const TEXT: RGBColor = RGBColor(0x47, 0x50, 0x5c);
const GRID: RGBColor = RGBColor(0xe1, 0xe5, 0xea);
const MARK: RGBColor = RGBColor(0x1b, 0x22, 0x2b);
const AHEAD: RGBColor = RGBColor(0xf1, 0xf3, 0xf6);

/// The least distance between two dates on the axis.
const GAP: u32 = 12;

/// What the parts are from some time on, in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    /// From when on (ms since 1970).
    pub(super) at: i64,
    /// In the order of [`Part::ALL`].
    pub(super) units: [i64; 4],
}

/// What is drawn.
#[derive(Clone, Debug)]
pub(super) struct Plot {
    /// What the parts are, ascending by time; the last holds to the end.
    pub(super) samples: Vec<Sample>,
    /// Where the axis begins (ms since 1970).
    pub(super) begin: i64,
    /// When the last step was (ms since 1970): what comes after is what time alone brings.
    pub(super) now: i64,
    /// Where the axis ends (ms since 1970).
    pub(super) end: i64,
    /// How much becomes free when (units, ms since 1970), ascending by time.
    pub(super) releases: Vec<(i64, i64)>,
}

/// How large, and for whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    width: u32,
    height: u32,
    /// The most dates on the axis.
    dates: i64,
    /// The size of labels.
    font: u32,
}

/// For screens, and paper.
pub(super) const WIDE: Size = Size { width: 1000, height: 280, dates: 9, font: 13 };
/// For phones.
pub(super) const NARROW: Size = Size { width: 400, height: 250, dates: 4, font: 16 };

impl Plot {
    /// The largest sum of these parts, in units.
    pub(super) fn largest(&self, parts: &[Part]) -> i64 {
        self.samples.iter().map(|sample| sum(sample, parts)).max().unwrap_or(0)
    }

    /// The plot of these parts, as an SVG element that reads as `label`.
    pub(super) fn svg(&self, parts: &[Part], size: Size, label: &str) -> String {
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, (size.width, size.height));
            let drawn = self.draw(parts, size, &area.into_drawing_area());
            drawn.expect("invariant: writing to a text succeeds");
        }
        let label = askama::filters::escape(label, askama::filters::Html);
        let label = label.map_or_else(|_| String::new(), |it| it.to_string());
        let dimensions = format!("width=\"{}\" height=\"{}\"", size.width, size.height);
        svg.replacen(&dimensions, &format!("role=\"img\" aria-label=\"{label}\""), 1)
    }

    fn draw<B: DrawingBackend>(
        &self,
        parts: &[Part],
        size: Size,
        area: &DrawingArea<B, Shift>,
    ) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
        let largest = self.largest(parts).max(1);
        let top = largest.saturating_add(largest / 8).saturating_add(1);
        let ticks = scale::amounts(top, 5);
        // As wide as the largest label of all plots of the node, so that their dates line up.
        let all = scale::amounts(self.largest(&Part::ALL).max(1), 5);
        let widest = all.iter().map(|tick| scale::mpc(*tick).len()).max().unwrap_or(1);
        let span = self.end.saturating_sub(self.begin);
        // A character is less than half as wide as the size of its font.
        let label = scale::widest_date_label(self.begin, self.end) * size.font / 2;
        // Half of a label may stick out on either side.
        let left = (14 + (size.font - 5) * u32::try_from(widest).unwrap_or(10)).max(label / 2);
        let right = (label / 2).max(18);
        let room = size.width.saturating_sub(left + right);
        let most = i64::from(room / (label + GAP)).clamp(1, size.dates);
        let dates = scale::dates(self.begin, self.end, most);
        let x = (self.begin..self.end).with_key_points(dates);
        let y = (0..top).with_key_points(ticks);
        let mut chart = ChartBuilder::on(area)
            .margin_top(6)
            .margin_right(right)
            .x_label_area_size(size.font * 2)
            .y_label_area_size(left)
            .build_cartesian_2d(x, y)?;

        if self.now < self.end {
            let ahead = Rectangle::new([(self.now, 0), (self.end, top)], AHEAD.filled());
            chart.draw_series([ahead])?;
        }
        let font = ("sans-serif", size.font).into_font().color(&TEXT);
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(GRID)
            .x_label_style(font.clone())
            .y_label_style(font.clone())
            .x_label_formatter(&|at| scale::date_label(*at, span))
            .y_label_formatter(&|units| scale::mpc(*units))
            .draw()?;
        for (index, part) in parts.iter().enumerate() {
            let lower = self.outline(&parts[..index]);
            let upper = self.outline(&parts[..=index]);
            if lower != upper {
                let around = upper.iter().copied().chain(lower.into_iter().rev());
                let around: Vec<(i64, i64)> = around.collect();
                chart.draw_series([Polygon::new(around, part.colour().filled())])?;
                chart.draw_series([PathElement::new(upper, PAGE.stroke_width(1))])?;
            }
        }
        let dashed = |at: i64| {
            let line = [(at, 0), (at, top)];
            DashedLineSeries::new(line, 4, 4, MARK.stroke_width(1))
        };
        for (_, at) in &self.releases {
            if (self.begin..=self.end).contains(at) {
                chart.draw_series(dashed(*at))?;
            }
        }
        if self.now < self.end {
            let line = PathElement::new([(self.now, 0), (self.now, top)], MARK.stroke_width(2));
            chart.draw_series([line])?;
        }
        Ok(())
    }

    /// The upper edge of these parts, in units: level until the next sample.
    fn outline(&self, parts: &[Part]) -> Vec<(i64, i64)> {
        let next = self.samples.iter().skip(1).map(|sample| sample.at).chain([self.end]);
        let level = |(sample, until): (&Sample, i64)| {
            let amount = sum(sample, parts);
            [(sample.at, amount), (until, amount)]
        };
        self.samples.iter().zip(next).flat_map(level).collect()
    }
}

fn sum(sample: &Sample, parts: &[Part]) -> i64 {
    let listed = Part::ALL.iter().zip(sample.units);
    listed.filter(|(part, _)| parts.contains(part)).map(|(_, units)| units).sum()
}
