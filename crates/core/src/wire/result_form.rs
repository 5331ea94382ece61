/// How a call wants the numbers of its result. The flags are in the header of its frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResultForm {
    /// Arrays of numbers arrive as lists.
    pub arrays_as_lists: bool,
    /// `NaN` and infinities arrive as `null`.
    pub nan_as_null: bool,
}

impl ResultForm {
    pub(super) fn flags(self) -> u8 {
        u8::from(self.arrays_as_lists) | u8::from(self.nan_as_null) << 1
    }
}
