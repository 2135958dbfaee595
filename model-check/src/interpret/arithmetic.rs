//! Integers by the width of their type.

use std::cmp::Ordering;

use machine_spec::Value;
use machine_spec::inspect::Integer;
use machine_spec::meaning::{IntegerType, Shape};
use machine_spec::spec::{MachineSpec, TypeKind};

use super::{Evaluated, Stop, fault};

/// The least and the greatest integer of a type.
pub(super) fn range(ty: IntegerType) -> (i128, i128) {
    let bits = match ty {
        IntegerType::Range { .. } => 0,
        IntegerType::U8 | IntegerType::I8 => 8,
        IntegerType::U16 | IntegerType::I16 => 16,
        IntegerType::U32 | IntegerType::I32 => 32,
        IntegerType::U64 | IntegerType::I64 => 64,
    };
    match ty {
        IntegerType::U8 | IntegerType::U16 | IntegerType::U32 | IntegerType::U64 => (0, (1 << bits) - 1),
        IntegerType::I8 | IntegerType::I16 | IntegerType::I32 | IntegerType::I64 => {
            (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
        }
        IntegerType::Range { least, greatest } => (i128::from(least), i128::from(greatest)),
    }
}

/// Whether a number is one of the type.
pub(crate) fn fits(ty: IntegerType, number: i128) -> bool {
    let (least, greatest) = range(ty);
    (least..=greatest).contains(&number)
}

/// An integer of this type, if it is in range.
fn within(ty: Option<IntegerType>, number: i128) -> Evaluated<Value> {
    if ty.is_none_or(|ty| fits(ty, number)) { Ok(Value::Integer(Integer { number, ty })) } else { Err(Stop::Overflow) }
}

/// Gives the literals in a value the types that are declared where it is put.
pub(super) fn typed(spec: &MachineSpec, value: Value, shape: Shape) -> Evaluated<Value> {
    Ok(match (value, shape) {
        (Value::Integer(integer), Shape::Declared(name)) => {
            let declared = spec.types.iter().find(|declared| declared.name == name).map(|declared| declared.kind);
            let Some(TypeKind::Number { least, greatest }) = declared else {
                return fault(format!("the integer {} as {name}", integer.number));
            };
            within(Some(IntegerType::Range { least, greatest }), integer.number)?
        }
        (Value::Seq(elements), Shape::Seq(shape)) => {
            Value::Seq(elements.into_iter().map(|value| typed(spec, value, *shape)).collect::<Evaluated<_>>()?)
        }
        (Value::Integer(integer), Shape::Integer(ty)) => within(Some(ty), integer.number)?,
        (Value::Option(Some(value)), Shape::Option(inner)) => {
            Value::Option(Some(Box::new(typed(spec, *value, *inner)?)))
        }
        (Value::Tuple(values), Shape::Tuple(shapes)) => {
            let typed = values.into_iter().zip(shapes).map(|(value, shape)| self::typed(spec, value, *shape));
            Value::Tuple(typed.collect::<Evaluated<_>>()?)
        }
        (Value::Set(keys), Shape::Set(key)) => {
            Value::Set(keys.into_iter().map(|value| typed(spec, value, *key)).collect::<Evaluated<_>>()?)
        }
        (Value::Map(entries), Shape::Map(key, value)) => {
            let entries = entries.into_iter().map(|(k, v)| Ok((typed(spec, k, *key)?, typed(spec, v, *value)?)));
            Value::Map(entries.collect::<Evaluated<_>>()?)
        }
        (value, _) => value,
    })
}

/// `x + y` and the like, and comparisons.
pub(super) fn binary(left: &Value, sign: &str, right: &Value) -> Evaluated<Value> {
    let ordered = |accepts: fn(Ordering) -> bool| Ok(Value::Bool(accepts(left.cmp(right))));
    match sign {
        "==" => return ordered(Ordering::is_eq),
        "!=" => return ordered(Ordering::is_ne),
        "<" => return ordered(Ordering::is_lt),
        "<=" => return ordered(Ordering::is_le),
        ">" => return ordered(Ordering::is_gt),
        ">=" => return ordered(Ordering::is_ge),
        _ => {}
    }
    let (Value::Integer(left), Value::Integer(right)) = (left, right) else {
        return fault(format!("{left} {sign} {right}"));
    };
    let number = match sign {
        "+" => left.number.checked_add(right.number),
        "-" => left.number.checked_sub(right.number),
        "*" => left.number.checked_mul(right.number),
        "/" => left.number.checked_div(right.number),
        "%" => left.number.checked_rem(right.number),
        _ => return fault(format!("the operator {sign}")),
    };
    within(left.ty.or(right.ty), number.ok_or(Stop::Overflow)?)
}

/// `!x` and `-x`.
pub(super) fn unary(sign: &str, operand: &Value) -> Evaluated<Value> {
    match (sign, operand) {
        ("!", Value::Bool(value)) => Ok(Value::Bool(!value)),
        ("!", Value::Integer(Integer { number, ty: Some(ty) })) => {
            let (least, greatest) = range(*ty);
            within(Some(*ty), least + greatest - number)
        }
        ("-", Value::Integer(integer)) => within(integer.ty, -integer.number),
        _ => fault(format!("{sign} of {operand}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_ends_where_its_type_does() {
        assert_eq!(range(IntegerType::U8), (0, i128::from(u8::MAX)));
        assert_eq!(range(IntegerType::I16), (i128::from(i16::MIN), i128::from(i16::MAX)));
        assert_eq!(range(IntegerType::U64), (0, i128::from(u64::MAX)));
        assert_eq!(range(IntegerType::I64), (i128::from(i64::MIN), i128::from(i64::MAX)));
        let (full, one) = (Value::integer(IntegerType::U8, 255), Value::Integer(Integer { number: 1, ty: None }));
        assert!(matches!(binary(&full, "+", &one), Err(Stop::Overflow)));
        assert!(matches!(binary(&full, "-", &one), Ok(Value::Integer(Integer { number: 254, .. }))));
    }
}
