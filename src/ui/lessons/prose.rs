//! Markdown as elements. Text stays text: nothing of a lesson file becomes markup.

use leptos::prelude::*;

use crate::lesson::markdown::{Block, Inline, blocks, inlines};

/// A whole text.
pub fn page(text: &str) -> Vec<AnyView> {
    blocks(text).into_iter().map(block).collect()
}

/// A sentence.
pub fn sentence(text: &str) -> Vec<AnyView> {
    line(inlines(text))
}

fn block(block: Block) -> AnyView {
    match block {
        Block::Paragraph(text) => view! { <p>{line(text)}</p> }.into_any(),
        Block::List { ordered, items } => {
            let items: Vec<_> = items.into_iter().map(|item| view! { <li>{line(item)}</li> }).collect();
            if ordered {
                view! { <ol>{items}</ol> }.into_any()
            } else {
                view! { <ul>{items}</ul> }.into_any()
            }
        }
        Block::Table { head, rows } => {
            let head: Vec<_> = head
                .into_iter()
                .map(|cell| view! { <th scope="col">{line(cell)}</th> })
                .collect();
            let row = |row: Vec<Vec<Inline>>| {
                let cells: Vec<_> = row.into_iter().map(|cell| view! { <td>{line(cell)}</td> }).collect();
                view! { <tr>{cells}</tr> }
            };
            let rows: Vec<_> = rows.into_iter().map(row).collect();
            view! { <table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table> }.into_any()
        }
        Block::Code(text) => view! { <pre><code>{text}</code></pre> }.into_any(),
    }
}

fn line(pieces: Vec<Inline>) -> Vec<AnyView> {
    let piece = |piece| match piece {
        Inline::Text(text) => text.into_any(),
        Inline::Strong(text) => view! { <b>{text}</b> }.into_any(),
        Inline::Emphasis(text) => view! { <em>{text}</em> }.into_any(),
        Inline::Code(text) => view! { <code>{text}</code> }.into_any(),
        Inline::Link { text, href } => view! { <a href=href target="_blank" rel="noopener">{text}</a> }.into_any(),
    };
    pieces.into_iter().map(piece).collect()
}
