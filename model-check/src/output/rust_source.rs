//! Values as Rust expressions of the generated types. A value does not know the names of all its types, so the declared
//! type goes along.

use machine_spec::Value;
use machine_spec::inspect::{Members, Variant};
use machine_spec::spec::{MachineSpec, MemberSpec, MessageSpec, TypeKind, TypeSpec};
use syn::{GenericArgument, PathArguments, Type};

/// An input as an expression, such as `DoorMachineInput::Lock { code: 2 }`.
pub(super) fn input(spec: &MachineSpec, value: &Value) -> String {
    let ty = format!("{}MachineInput", spec.name);
    match value {
        Value::Variant(variant) => named_variant(spec, &ty, spec.inputs, variant),
        other => other.to_string(),
    }
}

/// A type as written, taken apart: `Map<RunId, u32>` is `Map` with two arguments.
#[derive(Default)]
struct Written {
    name: String,
    arguments: Vec<Written>,
}

impl Written {
    fn parse(ty: &str) -> Self {
        syn::parse_str::<Type>(ty).map_or_else(|_| Self::default(), |ty| Self::of(&ty))
    }

    fn of(ty: &Type) -> Self {
        let Type::Path(path) = ty else { return Self::default() };
        let Some(last) = path.path.segments.last() else { return Self::default() };
        let arguments = match &last.arguments {
            PathArguments::AngleBracketed(given) => given.args.iter().filter_map(type_argument).map(Self::of).collect(),
            _ => Vec::new(),
        };
        Self { name: last.ident.to_string(), arguments }
    }

    fn argument(&self, position: usize) -> &Self {
        const UNKNOWN: &Written = &Written { name: String::new(), arguments: Vec::new() };
        self.arguments.get(position).unwrap_or(UNKNOWN)
    }
}

fn type_argument(argument: &GenericArgument) -> Option<&Type> {
    match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

fn declared<'spec>(spec: &'spec MachineSpec, name: &str) -> Option<&'spec TypeSpec> {
    spec.types.iter().find(|ty| ty.name == name)
}

fn expression(spec: &MachineSpec, value: &Value, ty: &Written) -> String {
    match value {
        Value::Integer(integer) => match declared(spec, &ty.name) {
            Some(TypeSpec { name, kind: TypeKind::Number { .. }, .. }) => {
                format!("{name}::from_number({}).expect(\"it is in range\")", integer.number)
            }
            _ => integer.number.to_string(),
        },
        Value::Number(number) => format!("{}::from_number({})", number.ty, number.number),
        Value::Variant(variant) => match declared(spec, &ty.name).map(|ty| ty.kind) {
            Some(TypeKind::Enum(variants)) => named_variant(spec, &ty.name, variants, variant),
            _ => value.to_string(),
        },
        Value::Record(values) => match declared(spec, &ty.name).map(|ty| ty.kind) {
            Some(TypeKind::Record(members)) => format!("{} {}", ty.name, with_members(spec, values, members)),
            _ => value.to_string(),
        },
        Value::Option(None) => "None".to_owned(),
        Value::Option(Some(value)) => format!("Some({})", expression(spec, value, ty.argument(0))),
        Value::Set(values) => collection(values.iter().map(|one| expression(spec, one, ty.argument(0)))),
        Value::Seq(values) => collection(values.iter().map(|one| expression(spec, one, ty.argument(0)))),
        Value::Map(entries) => collection(entries.iter().map(|(key, value)| {
            format!("({}, {})", expression(spec, key, ty.argument(0)), expression(spec, value, ty.argument(1)))
        })),
        // A check explores what is opaque with its one default value.
        Value::Opaque(opaque) => format!("{}(Default::default())", opaque.ty),
        Value::Bool(_) | Value::Tuple(_) => value.to_string(),
    }
}

fn collection(elements: impl Iterator<Item = String>) -> String {
    let elements: Vec<String> = elements.collect();
    if elements.is_empty() {
        return "Default::default()".to_owned();
    }
    format!("[{}].into_iter().collect()", elements.join(", "))
}

fn named_variant(spec: &MachineSpec, ty: &str, declared: &[MessageSpec], variant: &Variant) -> String {
    let name = format!("{ty}::{}", variant.name);
    match declared.iter().find(|message| message.name == variant.name) {
        Some(message) if !message.payload.is_empty() => {
            format!("{name} {}", with_members(spec, &variant.members, message.payload))
        }
        _ => name,
    }
}

fn with_members(spec: &MachineSpec, values: &Members, declared: &[MemberSpec]) -> String {
    let members = declared.iter().zip(values).map(|(member, (_, value))| {
        format!("{}: {}", member.name, expression(spec, value, &Written::parse(member.ty)))
    });
    format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
}
