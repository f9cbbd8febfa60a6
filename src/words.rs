//! Every sentence that a person reads, in the reader's language. The sentences are in `locales/`; the code names
//! them by key: `say!(language, "card-owner", user = mention)`.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use crate::domain::rules::Language;

static ENGLISH: LazyLock<FluentBundle<FluentResource>> =
    LazyLock::new(|| bundle("en", include_str!("../locales/en.ftl")));
static CHINESE: LazyLock<FluentBundle<FluentResource>> =
    LazyLock::new(|| bundle("zh", include_str!("../locales/zh.ftl")));

/// The sentence `key` in `language`: `say!(language, "key")`, `say!(language, "key", name = value, …)`. Values are
/// put in as they are: what a person wrote must be escaped before. A key must be a literal, so that a test can
/// hold `locales/` to what is used.
#[macro_export]
macro_rules! say {
    ($language:expr, $key:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        #[allow(unused_mut, reason = "a sentence may have no arguments")]
        let mut args = $crate::words::Args::new();
        $(args.set(stringify!($name), $value);)*
        $crate::words::sentence($language, $key, &args)
    }};
}
pub use crate::say;

/// The arguments of a sentence: texts and whole numbers.
pub type Args<'a> = FluentArgs<'a>;

/// What [`say!`] calls. A sentence that is missing shows as its key: an odd word beats a lost message.
pub fn sentence(language: Language, key: &str, args: &Args) -> String {
    let bundle = match language {
        Language::En => &*ENGLISH,
        Language::Zh => &*CHINESE,
    };
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
        tracing::error!(key, ?language, "a sentence is missing in locales/");
        return key.to_owned();
    };
    let mut errors = vec![];
    let text = bundle.format_pattern(pattern, Some(args), &mut errors);
    if !errors.is_empty() {
        tracing::error!(key, ?language, ?errors, "a sentence could not be filled in");
    }
    text.into_owned()
}

fn bundle(language: &str, source: &str) -> FluentBundle<FluentResource> {
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(usable, errors)| {
        tracing::error!(
            language,
            ?errors,
            "locales/ has sentences that cannot be read"
        );
        usable
    });
    let mut bundle = FluentBundle::new_concurrent(language.parse().into_iter().collect());
    // Slack shows the isolation marks of bidirectional text inside mentions and dates as text.
    bundle.set_use_isolating(false);
    if let Err(errors) = bundle.add_resource(resource) {
        tracing::error!(language, ?errors, "locales/ has two sentences of one name");
    }
    bundle
}
