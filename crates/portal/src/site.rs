//! What the head of every page of the site needs to know.

use axum::extract::FromRequestParts;
use http::Method;
use http::request::Parts;
use povline_web::Language;
use std::convert::Infallible;

/// The reader and where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The language of the page.
    pub language: Language,
    /// The path of the page, for the menu and for the link to the other language.
    pub path: String,
    /// What its address asks beside the language, for the same link.
    pub query: Box<str>,
    /// Who is signed in, as shown in the head of the page.
    pub reader: Option<String>,
    is_of_form: bool,
    switch: Switch,
}

/// Where the link to the other language leads. A link asks for a page, so it leads elsewhere from
/// what answers a form.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Switch {
    /// To the page itself.
    Here,
    /// To the page at this address.
    To(Box<str>),
    /// There is none: whoever followed it would lose what is shown this once.
    Nowhere,
}

/// The name of who is signed in, among the extensions of a request; whoever knows of sessions puts
/// it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedInAs(pub String);

/// An app of the reader who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnApp {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
}

/// The apps with which the reader may call, the first of which stands in the samples; among the
/// extensions of a request, put there by whoever knows of sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnApps(pub Vec<OwnApp>);

impl OwnApps {
    /// The apps to choose from while `key` is chosen; none if there is nothing to choose.
    pub(crate) fn choices(&self, key: &str) -> Vec<OwnApp> {
        let is_own = self.0.iter().any(|app| app.key == key);
        let strange = OwnApp {
            key: key.to_owned(),
            name: String::new(),
        };
        let strange = (!is_own).then_some(strange);
        let choices: Vec<OwnApp> = self.0.iter().cloned().chain(strange).collect();
        if choices.len() < 2 {
            Vec::new()
        } else {
            choices
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for OwnApps {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

impl Site {
    /// The page that a request asks for.
    #[must_use]
    pub fn of(parts: &Parts) -> Self {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let pairs = pairs.filter(|(name, _)| name != Language::NAME);
        Self {
            language: Language::of(parts),
            path: parts.uri.path().to_owned(),
            query: form_urlencoded::Serializer::new(String::new())
                .extend_pairs(pairs)
                .finish()
                .into_boxed_str(),
            reader: parts
                .extensions
                .get::<SignedInAs>()
                .map(|reader| reader.0.clone()),
            is_of_form: parts.method == Method::POST,
            switch: Switch::Here,
        }
    }

    /// Whether the page answers a form.
    #[must_use]
    pub fn is_of_form(&self) -> bool {
        self.is_of_form
    }

    /// The same for what answers a form that belongs to the page at this address.
    #[must_use]
    pub fn belonging_to(self, address: &str) -> Self {
        Self {
            switch: Switch::To(address.into()),
            ..self
        }
    }

    /// The same for a page that cannot be asked for again. It is in the language of the form that
    /// it answers.
    #[must_use]
    pub fn shown_once(self) -> Self {
        Self {
            switch: Switch::Nowhere,
            ..self
        }
    }

    /// The address of the same page in the other language, or of the one that it belongs to; none
    /// for a page that would be lost.
    #[must_use]
    pub fn in_other_language(&self) -> Option<String> {
        let address = match &self.switch {
            Switch::Here => format!("{}?{}", self.path, self.query),
            Switch::To(address) if address.contains('?') => address.to_string(),
            Switch::To(address) => format!("{address}?"),
            Switch::Nowhere => return None,
        };
        let between = if address.ends_with('?') { "" } else { "&" };
        let other = self.language.other().code();
        Some(format!("{address}{between}{}={other}", Language::NAME))
    }

    /// The address of the same page that asks this in place of what it asked of that name.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> String {
        let pairs = form_urlencoded::parse(self.query.as_bytes());
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs.filter(|(asked, _)| asked != name))
            .append_pair(name, value)
            .finish();
        format!("{}?{query}", self.path)
    }

    /// The value of `aria-current` of a menu item that leads to `prefix`.
    #[must_use]
    pub fn current(&self, prefix: &str) -> &'static str {
        let below = self.path.strip_prefix(prefix);
        match below {
            Some("") => "page",
            Some(rest) if rest.starts_with('/') => "true",
            _ => "false",
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Site {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}
