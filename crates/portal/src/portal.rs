//! What all pages of the documentation know.

use std::fmt;
use std::sync::Arc;

use povline_domain::{Clock, Day};
use povline_protocol::api::ApiSpec;
use povline_protocol::methods;

use crate::samples;

/// What a portal documents.
#[derive(Clone)]
pub struct PortalConfig {
    /// The whole address of the gateway as callers reach it, `/router/rest` included.
    pub api_url: String,
    /// The methods, in the order in which they are shown.
    pub methods: Vec<ApiSpec>,
    /// Of a sandbox: the file that tells its first app's key and secret, as the platform's owner
    /// names it. Without one the platform is no sandbox.
    pub sandbox_app: Option<String>,
    /// Whether readers make accounts by themselves, at `/sign-up`.
    pub may_sign_up: bool,
    /// How large a request may be.
    pub sizes: Sizes,
    /// Tells which day it is.
    pub clock: Arc<dyn Clock>,
}

/// How a reader comes by an app that may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// They make an account by themselves.
    SignUp,
    /// They are given one, or use the sandbox's first app.
    Sandbox,
    /// The operator makes apps and grants clinics.
    Production,
}

/// How large a request may be, as the gateway is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Bytes of a body.
    pub body_bytes_max: usize,
    /// Calls of a batch.
    pub batch_calls_max: usize,
}

impl PortalConfig {
    /// The portal of a platform that answers every method, and asks for a session by none.
    #[must_use]
    pub fn new(
        api_url: String,
        sandbox_app: Option<String>,
        sizes: Sizes,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            api_url,
            methods: methods::ALL.iter().map(|spec| **spec).collect(),
            sandbox_app,
            may_sign_up: false,
            sizes,
            clock,
        }
    }
}

impl fmt::Debug for PortalConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortalConfig")
            .field("api_url", &self.api_url)
            .field("methods", &self.methods.len())
            .field("sandbox_app", &self.sandbox_app)
            .finish_non_exhaustive()
    }
}

/// A portal, cheap to clone.
#[derive(Debug, Clone)]
pub struct Portal(Arc<PortalConfig>);

impl Portal {
    /// A portal of what this says.
    #[must_use]
    pub fn new(config: PortalConfig) -> Self {
        Self(Arc::new(config))
    }

    /// The whole address of the gateway.
    #[must_use]
    pub fn api_url(&self) -> &str {
        &self.0.api_url
    }

    /// The methods, in the order in which they are shown.
    #[must_use]
    pub fn methods(&self) -> Vec<&ApiSpec> {
        self.0.methods.iter().collect()
    }

    /// The method with this name.
    #[must_use]
    pub fn find(&self, method: &str) -> Option<&ApiSpec> {
        let mut methods = self.0.methods.iter();
        methods.find(|spec| spec.method == method)
    }

    /// The command that shows the key and the secret of a sandbox's first app.
    pub(crate) fn sandbox_app_command(&self) -> Option<String> {
        let path = self.0.sandbox_app.as_deref()?;
        Some(format!("cat {}", samples::shell_word(path)))
    }

    pub(crate) fn access(&self) -> Access {
        match (self.0.sandbox_app.is_some(), self.0.may_sign_up) {
            (false, _) => Access::Production,
            (true, false) => Access::Sandbox,
            (true, true) => Access::SignUp,
        }
    }

    pub(crate) fn sizes(&self) -> Sizes {
        self.0.sizes
    }

    pub(crate) fn today(&self) -> Day {
        Day::at(self.0.clock.now())
    }
}
