//! Sign-in, API tool and consoles of the platform's site.
