//! The foreign editor: CodeMirror behind the interface of `assets/editor/api.ts`.
//!
//! Loaded when asked for, not with the page. All offsets are bytes of UTF-8. The closures handed over live as
//! long as the [`CodeEditor`], which takes the editor down with it.

use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use crate::text::{Lang, Span};

#[wasm_bindgen]
extern "C" {
    /// `assets/boot.js`: imports the module.
    #[wasm_bindgen(js_namespace = window, js_name = kubehopEditor, catch)]
    async fn load_module() -> Result<JsValue, JsValue>;

    type Module;
    #[wasm_bindgen(method, catch, js_name = createEditor)]
    fn create_editor(this: &Module, parent: &HtmlElement, options: &JsValue) -> Result<Handle, JsValue>;

    type Handle;
    #[wasm_bindgen(method, js_name = setDoc)]
    fn set_doc(this: &Handle, text: &str) -> String;
    #[wasm_bindgen(method, js_name = setDiagnostics)]
    fn set_diagnostics(this: &Handle, list: &Array);
    #[wasm_bindgen(method, js_name = setLineMarks)]
    fn set_line_marks(this: &Handle, list: &Array);
    #[wasm_bindgen(method)]
    fn reveal(this: &Handle, from: u32, to: u32, kind: &str);
    #[wasm_bindgen(method)]
    fn show(this: &Handle, offset: u32);
    #[wasm_bindgen(method)]
    fn focus(this: &Handle, offset: Option<u32>);
    #[wasm_bindgen(method, js_name = setLang)]
    fn set_lang(this: &Handle, lang: &str, label: &str);
    #[wasm_bindgen(method)]
    fn destroy(this: &Handle);
}

/// Fetches the editor's code; from the second time on it is there already.
///
/// # Errors
/// What the browser says where it cannot be fetched.
pub async fn load() -> Result<Loaded, JsValue> {
    load_module().await.map(|module| Loaded(module.unchecked_into()))
}

/// The editor's code, ready to make an editor.
pub struct Loaded(Module);

/// Called by the editor.
pub struct Callbacks {
    /// The text was changed by typing.
    pub on_change: Box<dyn FnMut(String)>,
    /// Completions at an offset (bytes) of a text; `null` for none.
    pub complete: Box<dyn FnMut(String, u32) -> JsValue>,
    /// Help for an offset (bytes) of a text; `None` where there is none.
    pub hover: Box<dyn FnMut(String, u32) -> Option<Promise>>,
}

/// An editor in the page.
pub struct CodeEditor {
    handle: Handle,
    _kept: Kept,
}

/// What JavaScript calls for as long as the editor stands.
struct Kept {
    _on_change: Closure<dyn FnMut(String)>,
    _complete: Closure<dyn FnMut(String, u32) -> JsValue>,
    _hover: Closure<dyn FnMut(String, u32) -> Option<Promise>>,
    _on_cursor: Closure<dyn FnMut()>,
}

impl Loaded {
    /// Makes an editor inside `parent`, holding `text`.
    ///
    /// # Errors
    /// What the editor's code throws.
    pub fn create(
        &self,
        parent: &HtmlElement,
        text: &str,
        lang: Lang,
        label: &str,
        callbacks: Callbacks,
    ) -> Result<CodeEditor, JsValue> {
        let on_change = Closure::new(callbacks.on_change);
        let complete = Closure::new(callbacks.complete);
        let hover = Closure::new(callbacks.hover);
        let on_cursor = Closure::new(|| {});
        let options = object(&[
            ("doc", text.into()),
            ("lang", lang.code().into()),
            ("label", label.into()),
            ("readOnly", false.into()),
            ("onChange", on_change.as_ref().clone()),
            ("onCursor", on_cursor.as_ref().clone()),
            ("complete", complete.as_ref().clone()),
            ("hover", hover.as_ref().clone()),
        ]);
        let handle = self.0.create_editor(parent, &options)?;
        Ok(CodeEditor {
            handle,
            _kept: Kept {
                _on_change: on_change,
                _complete: complete,
                _hover: hover,
                _on_cursor: on_cursor,
            },
        })
    }
}

impl CodeEditor {
    /// Replaces the whole text; can be undone.
    pub fn set_text(&self, text: &str) {
        self.handle.set_doc(text);
    }

    /// Replaces all diagnostics.
    pub fn set_diagnostics(&self, list: &Array) {
        self.handle.set_diagnostics(list);
    }

    /// Marks the lines of a place in the text, and no others: where a rule comes from, or (`true`) what is at fault.
    pub fn set_mark(&self, place: Option<(Span, bool)>) {
        let list = Array::new();
        if let Some((span, bad)) = place {
            list.push(&object(&[
                ("from", span.start.into()),
                ("to", span.end.into()),
                ("kind", mark_kind(bad).into()),
            ]));
        }
        self.handle.set_line_marks(&list);
    }

    /// Scrolls to a place in the text and marks its lines.
    pub fn reveal(&self, span: Span, bad: bool) {
        self.handle.reveal(span.start, span.end, mark_kind(bad));
    }

    /// Puts the cursor somewhere and shows its line; the focus stays where it is.
    pub fn show(&self, offset: u32) {
        self.handle.show(offset);
    }

    /// Puts the cursor somewhere, and the focus into the editor.
    pub fn focus(&self, offset: Option<u32>) {
        self.handle.focus(offset);
    }

    /// Changes the language of the editor's own words.
    pub fn set_lang(&self, lang: Lang, label: &str) {
        self.handle.set_lang(lang.code(), label);
    }
}

impl Drop for CodeEditor {
    fn drop(&mut self) {
        self.handle.destroy();
    }
}

/// A JavaScript object.
#[must_use]
pub fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let made = Object::new();
    for (name, value) in fields {
        // Setting a field of a fresh object cannot fail.
        let _ = Reflect::set(&made, &JsValue::from_str(name), value);
    }
    made.into()
}

const fn mark_kind(bad: bool) -> &'static str {
    if bad { "bad" } else { "hop" }
}
