//! The types of values, as far as the rest of the macro has to know them.
//!
//! Type errors are the compiler's business. What is told here decides what the compiler cannot: which literal stands for
//! a bounded number, what is lent and cloned in place of being copied, and what must not be looked into.

use std::collections::BTreeSet;

use syn::Type;

use super::Symbols;
use crate::parse::{Machine, Member, TypeDeclaration, TypeKind};

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Not told: a mistake that was reported, or what has any type, such as `None`.
    Unknown,
    /// An integer literal without a type of its own.
    Literal,
    /// `bool`, or an integer.
    Plain,
    /// A declared type.
    Declared(String),
    /// The phase of the region with this index.
    Phase(usize),
    /// An instance of the region with this index.
    Instance(usize),
    /// `Option<T>`.
    Option(Box<Self>),
    /// `Set<K>`.
    Set(Box<Self>),
    /// `Map<K, V>`.
    Map(Box<Self>, Box<Self>),
    /// `Seq<T>`.
    Seq(Box<Self>),
    /// `(A, B)`.
    Tuple(Vec<Self>),
    /// A value that stays where it is, such as what `get` finds in a map.
    Lent(Box<Self>),
}

impl Kind {
    pub(crate) fn option(self) -> Self {
        Self::Option(Box::new(self))
    }

    pub(crate) fn lent(self) -> Self {
        Self::Lent(Box::new(self))
    }

    /// Itself, or what is lent.
    pub(crate) fn itself(&self) -> &Self {
        match self {
            Self::Lent(inner) => inner.itself(),
            other => other,
        }
    }

    /// Of two values that have one type, what is told of it.
    pub(crate) fn or(self, other: Self) -> Self {
        match self {
            Self::Unknown => other,
            Self::Literal if other != Self::Unknown => other,
            Self::Option(inner) => match other {
                Self::Option(other) => inner.or(*other).option(),
                _ => Self::Option(inner),
            },
            known => known,
        }
    }
}

/// What follows from the declarations of types.
#[derive(Clone, Default)]
pub(crate) struct TypeFacts {
    /// Declared types whose values are not copied: they hold a collection or something opaque.
    lent: BTreeSet<String>,
    /// Declared types that are opaque or hold something that is.
    opaque: BTreeSet<String>,
}

impl TypeFacts {
    pub(crate) fn of(machine: &Machine) -> Self {
        let opaque = closure(machine, |name, opaque| opaque.contains(name));
        let lent = closure(machine, |name, lent| is_collection(name) || lent.contains(name));
        Self { lent, opaque }
    }

    /// Whether values of a type are copied: everything but collections, what is opaque, and what holds one of them.
    pub(crate) fn is_scalar(&self, ty: &Type) -> bool {
        !mentions(ty, &|name| is_collection(name) || self.lent.contains(name))
    }

    /// Whether a type is opaque, or holds something that is.
    pub(crate) fn holds_opaque(&self, ty: &Type) -> bool {
        mentions(ty, &|name| self.opaque.contains(name))
    }
}

/// The opaque types, and those with a member in which the condition finds a name.
fn closure(machine: &Machine, found: impl Fn(&str, &BTreeSet<String>) -> bool) -> BTreeSet<String> {
    let opaque = machine.types.iter().filter(|declared| matches!(declared.kind, TypeKind::Opaque(_)));
    let mut names: BTreeSet<String> = opaque.map(|declared| declared.name.to_string()).collect();
    loop {
        let holds = |member: &&Member| mentions(&member.ty, &|name| found(name, &names));
        let more = machine.types.iter().filter(|declared| members(declared).iter().any(holds));
        let more: Vec<String> = more.map(|declared| declared.name.to_string()).collect();
        let before = names.len();
        names.extend(more);
        if names.len() == before {
            return names;
        }
    }
}

/// The members of a declared type, those of all variants together.
pub(super) fn members(declared: &TypeDeclaration) -> Vec<&Member> {
    match &declared.kind {
        TypeKind::Record(members) => members.iter().collect(),
        TypeKind::Enum(variants) => variants.iter().flat_map(|variant| &variant.members).collect(),
        TypeKind::Id | TypeKind::Epoch | TypeKind::Number(_) | TypeKind::Opaque(_) => Vec::new(),
    }
}

/// Whether this is the name of a type of collections.
pub(crate) fn is_collection(name: &str) -> bool {
    ["Set", "Map", "Seq"].contains(&name)
}

/// Whether a name for which the condition holds stands in a type.
pub(crate) fn mentions(ty: &Type, condition: &dyn Fn(&str) -> bool) -> bool {
    match ty {
        Type::Path(path) => path.path.segments.last().is_some_and(|segment| {
            condition(&segment.ident.to_string()) || arguments(segment).any(|ty| mentions(ty, condition))
        }),
        Type::Tuple(tuple) => tuple.elems.iter().any(|element| mentions(element, condition)),
        Type::Paren(inner) => mentions(&inner.elem, condition),
        Type::Group(inner) => mentions(&inner.elem, condition),
        _ => false,
    }
}

/// The types between the angle brackets.
fn arguments(segment: &syn::PathSegment) -> impl Iterator<Item = &Type> {
    let list = match &segment.arguments {
        syn::PathArguments::AngleBracketed(list) => Some(&list.args),
        _ => None,
    };
    list.into_iter().flatten().filter_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

impl Symbols<'_> {
    /// The kind of a written type.
    pub(crate) fn kind(&self, ty: &Type) -> Kind {
        let boxed = |ty: &Type| Box::new(self.kind(ty));
        match ty {
            Type::Tuple(tuple) => Kind::Tuple(tuple.elems.iter().map(|element| self.kind(element)).collect()),
            Type::Path(path) => {
                let Some(segment) = path.path.segments.last() else { return Kind::Unknown };
                let name = segment.ident.to_string();
                match (name.as_str(), arguments(segment).collect::<Vec<_>>().as_slice()) {
                    ("Option", [inner]) => Kind::Option(boxed(inner)),
                    ("Set", [key]) => Kind::Set(boxed(key)),
                    ("Map", [key, value]) => Kind::Map(boxed(key), boxed(value)),
                    ("Seq", [element]) => Kind::Seq(boxed(element)),
                    (name, []) if self.types.contains_key(name) => Kind::Declared(name.to_owned()),
                    _ => Kind::Plain,
                }
            }
            Type::Paren(inner) => self.kind(&inner.elem),
            Type::Group(inner) => self.kind(&inner.elem),
            _ => Kind::Unknown,
        }
    }

    /// Whether values of this kind are copied.
    pub(crate) fn is_copied(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Unknown | Kind::Literal | Kind::Plain | Kind::Instance(_) | Kind::Lent(_) => true,
            Kind::Declared(name) => !self.facts.lent.contains(name),
            Kind::Phase(region) => self.phase_members(*region).all(|member| self.facts.is_scalar(&member.ty)),
            Kind::Option(inner) => self.is_copied(inner),
            Kind::Set(_) | Kind::Map(..) | Kind::Seq(_) => false,
            Kind::Tuple(elements) => elements.iter().all(|element| self.is_copied(element)),
        }
    }

    /// Whether a value of this kind is opaque or holds something that is.
    pub(crate) fn is_opaque(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Unknown | Kind::Literal | Kind::Plain => false,
            Kind::Declared(name) => self.facts.opaque.contains(name),
            Kind::Phase(region) => self.phase_members(*region).any(|member| self.facts.holds_opaque(&member.ty)),
            Kind::Instance(region) => {
                let mut fields = self.region(*region).fields.iter().map(|field| &field.member.ty);
                fields.any(|ty| self.facts.holds_opaque(ty)) || self.is_opaque(&Kind::Phase(*region))
            }
            Kind::Option(inner) | Kind::Set(inner) | Kind::Seq(inner) | Kind::Lent(inner) => self.is_opaque(inner),
            Kind::Map(key, value) => self.is_opaque(key) || self.is_opaque(value),
            Kind::Tuple(elements) => elements.iter().any(|element| self.is_opaque(element)),
        }
    }

    fn phase_members(&self, region: usize) -> impl Iterator<Item = &Member> {
        self.region(region).phases.iter().flat_map(|phase| &phase.message.members)
    }
}
