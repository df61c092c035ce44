//! Whom the meaning of a verdict is told to.

/// A reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reader {
    /// Who was signed out.
    #[default]
    User,
    /// Who reviews the report.
    Qa,
    /// Who runs or changes the app.
    Developer,
}

impl Reader {
    /// All of them, in the order shown.
    pub const ALL: [Self; 3] = [Self::User, Self::Qa, Self::Developer];

    /// The word on screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::User => "For the user",
            Self::Qa => "QA",
            Self::Developer => "Developer",
        }
    }
}
