//! What somebody typed or pasted, and the errors that it may mean: the same whatever space stands around it.
#![no_main]

use std::sync::LazyLock;

use enrollcheck::errors::{Code, Error, Found, List};

static LIST: LazyLock<List> = LazyLock::new(|| List::built_in().expect("the list of this program"));

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let text = String::from_utf8_lossy(octets);
    let found = told(&text);
    assert_eq!(told(&format!("\t{} \n", text.trim())), found);
    for code in Code::all_in(&text).into_iter().take(8) {
        if let Some(result) = code.hresult() {
            assert!(Code::all_in(&result.to_string()).contains(&code), "{result}");
            assert!(Code::all_in(&result.signed().to_string()).contains(&code), "{}", result.signed());
        }
    }
});

/// The kind of answer, and the errors in it.
fn told(text: &str) -> (&'static str, Vec<&'static str>) {
    let ids = |errors: &[&'static Error]| errors.iter().map(|error| error.id.as_str()).collect::<Vec<_>>();
    match LIST.find(text) {
        Found::Known(errors) => {
            assert!(!errors.is_empty());
            ("known", ids(&errors))
        }
        Found::UnknownCode { likely, nearest, .. } => {
            assert!(nearest.len() <= 3);
            ("unknown code", ids(&likely.into_iter().chain(nearest).collect::<Vec<_>>()))
        }
        Found::Alike(errors) => {
            assert!((1..=4).contains(&errors.len()));
            ("alike", ids(&errors))
        }
        Found::Nothing => ("nothing", Vec::new()),
    }
}
