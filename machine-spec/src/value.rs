//! Arithmetic that cannot go wrong in silence, and the two kinds of names: ids and epochs.

/// A value would leave the range of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

impl std::fmt::Display for Overflow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a value would leave the range of its type")
    }
}

impl std::error::Error for Overflow {}

/// Integers that the language may add, subtract and multiply: generated code calls these in place of the operators.
pub trait CheckedArithmetic: Sized {
    /// The sum, if it is in range.
    fn checked_plus(self, other: Self) -> Option<Self>;
    /// The difference, if it is in range.
    fn checked_minus(self, other: Self) -> Option<Self>;
    /// The product, if it is in range.
    fn checked_times(self, other: Self) -> Option<Self>;
    /// The quotient, unless the divisor is zero.
    fn checked_over(self, other: Self) -> Option<Self>;
    /// The remainder, unless the divisor is zero.
    fn checked_modulo(self, other: Self) -> Option<Self>;
}

macro_rules! checked_arithmetic {
    ($($integer:ty),*) => {$(
        impl CheckedArithmetic for $integer {
            #[inline(always)]
            fn checked_plus(self, other: Self) -> Option<Self> { self.checked_add(other) }
            #[inline(always)]
            fn checked_minus(self, other: Self) -> Option<Self> { self.checked_sub(other) }
            #[inline(always)]
            fn checked_times(self, other: Self) -> Option<Self> { self.checked_mul(other) }
            #[inline(always)]
            fn checked_over(self, other: Self) -> Option<Self> { self.checked_div(other) }
            #[inline(always)]
            fn checked_modulo(self, other: Self) -> Option<Self> { self.checked_rem(other) }
        }
    )*};
}
checked_arithmetic!(u8, u16, u32, u64, i8, i16, i32, i64);

/// A name compared with `==` only. `machine!` declares such types with `id Name;`.
pub trait Id: Copy {
    /// The id with this number.
    fn from_number(number: u64) -> Self;
    /// The number behind it, for storage and display.
    fn number(self) -> u64;
}

/// A counter that only grows and fences out holders of an older value. `machine!` declares such types with
/// `epoch Name;`.
pub trait Epoch: Copy + Ord {
    /// The lowest value, older than every one in use.
    const ZERO: Self;
    /// The epoch with this number.
    fn from_number(number: u64) -> Self;
    /// The number behind it, for storage and display.
    fn number(self) -> u64;
    /// The next value; none after the last, because an epoch never wraps.
    fn checked_fresh(self) -> Option<Self> {
        self.number().checked_add(1).map(Self::from_number)
    }
}
