//! The chart of the derivations' ratios.

use anyhow::Result;
use plotters::prelude::*;

use crate::{Figure, label};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../peers.svg");
const COLOURS: [RGBColor; 5] = [
    RGBColor(0, 114, 178),
    RGBColor(0, 158, 115),
    RGBColor(230, 159, 0),
    RGBColor(204, 121, 167),
    RGBColor(120, 120, 120),
];

/// Draws bars for each cost: the time of each derivation relative to this program's.
pub(crate) fn draw(figures: &[Figure], machine: &str) -> Result<()> {
    let contestants: Vec<&str> = figures
        .iter()
        .take_while(|figure| figure.params == figures[0].params)
        .map(|figure| figure.name.as_str())
        .collect();
    let groups: Vec<&[Figure]> = figures.chunks(contestants.len()).collect();
    let highest = figures.iter().map(|figure| figure.ratio).fold(1.0, f64::max);

    let root = SVGBackend::new(FILE, (880, 420)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(format!("time of one derivation, tc_calendar = 1 ({machine})"), ("sans-serif", 18))
        .margin(14)
        .x_label_area_size(30)
        .y_label_area_size(36)
        .build_cartesian_2d(0.0..groups.len() as f64, 0.0..highest * 1.35)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(groups.len() * 2 + 1)
        .x_label_formatter(&|x| match groups.get(*x as usize) {
            Some(group) if (x.fract() - 0.5).abs() < 1e-6 => label(group[0].params),
            _ => String::new(),
        })
        .draw()?;
    let width = 0.8 / contestants.len() as f64;
    for (index, name) in contestants.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let bars = groups.iter().enumerate().map(|(group, figures)| {
            let left = group as f64 + 0.1 + index as f64 * width;
            Rectangle::new([(left, 0.0), (left + width * 0.9, figures[index].ratio)], colour.filled())
        });
        chart
            .draw_series(bars)?
            .label(*name)
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 10, y + 5)], colour.filled()));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.8))
        .draw()?;
    root.present()?;
    println!("drawn: {FILE}");
    Ok(())
}
