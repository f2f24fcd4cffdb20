//! Shapes of the scene as SVG elements. Names from manifests become text nodes, never markup.

use leptos::prelude::*;

use crate::scene::geometry::num_text;
use crate::scene::shape::Shape;

/// All shapes, in order.
pub fn draw(shapes: &[Shape]) -> Vec<AnyView> {
    shapes.iter().map(element).collect()
}

fn element(shape: &Shape) -> AnyView {
    match shape {
        Shape::Rect { class, rect, rx } => view! {
            <rect
                class=*class
                x=num_text(rect.x)
                y=num_text(rect.y)
                width=num_text(rect.w)
                height=num_text(rect.h)
                rx=num_text(*rx)
            ></rect>
        }
        .into_any(),
        Shape::Circle { class, center, r } => view! {
            <circle class=*class cx=num_text(center.x) cy=num_text(center.y) r=num_text(*r)></circle>
        }
        .into_any(),
        Shape::Path { class, d } => view! { <path class=*class d=d.clone()></path> }.into_any(),
        Shape::Text { at, anchor, runs } => {
            let runs: Vec<_> = runs
                .iter()
                .map(|(class, text)| view! { <tspan class=*class>{text.clone()}</tspan> })
                .collect();
            view! {
                <text x=num_text(at.x) y=num_text(at.y) text-anchor=anchor.name()>
                    {runs}
                </text>
            }
            .into_any()
        }
    }
}
