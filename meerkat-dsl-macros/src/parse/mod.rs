//! Tokens to what was written. Knows the grammar and nothing of names or meaning.
//!
//! ```text
//! machine    := attributes visibility `machine` Name `;` item*
//! item       := [`pub`] `const` NAME `:` Type `=` expression `;` | `fn` name ( parameters ) `->` Type { expression }
//!             | `id` Name `;` | `epoch` Name `;` | `enum` Name { variants } | `record` Name { members }
//!             | `number` Name `=` low `..=` high `;` | `opaque` Name `=` path `;`
//!             | (`input` | `effect`) Name [{ members }] `;` | region | property | fairness
//! region     := [`keyed`] `region` name [`[` Key `]`] { phases | field | select | on }
//! phases     := `phases` { ([`initial`] | [`final`]) Name [{ members }] , ... }
//! field      := `field` name `:` Type [`=` expression] `;`
//! select     := [`pub`] `select` name `=` phase-pattern [`where` expression] `;`
//! on         := `on` Input [`|` Input]* [{ bindings }] [target] ( arm | { (let | require)* arm* } )
//! target     := `create` expression | `at` expression | `each` selection
//! arm        := [`ignore`] [`from` sources] [`to` Phase [{ data }] | `stay` | `remove`] ( `;` | { clause* } )
//! sources    := `any` [`except` Phase | ...] | phase-pattern
//! clause     := `require` "sentence" `:` (expression | `let` pattern = expression) `;` | `let` pattern = expression `;`
//!             | `set` field = expression `;` | `insert` key [`=>` value] `into` field `;`
//!             | `remove` key `from` field `;` | `append` value `to` field `;` | `take` `first` `from` field `;`
//!             | `emit` Effect [{ data }] `;`
//! property   := (`invariant` | `always` | `reachable` | `possible` | `leads_to`)
//!               "sentence" `:` expression [`=>` expression] `;`
//! fairness   := [`strongly`] `fair` Input , ... `;`
//! ```

mod declarations;
mod handlers;

use proc_macro2::{Span, TokenStream};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Expr, Ident, LitStr, Pat, Token, Type, Visibility};

use crate::errors::Errors;

/// The words of the language that are not Rust's.
pub(crate) mod keyword {
    syn::custom_keyword!(machine);
    syn::custom_keyword!(id);
    syn::custom_keyword!(epoch);
    syn::custom_keyword!(record);
    syn::custom_keyword!(number);
    syn::custom_keyword!(opaque);
    syn::custom_keyword!(input);
    syn::custom_keyword!(effect);
    syn::custom_keyword!(keyed);
    syn::custom_keyword!(region);
    syn::custom_keyword!(phases);
    syn::custom_keyword!(initial);
    syn::custom_keyword!(field);
    syn::custom_keyword!(select);
    syn::custom_keyword!(on);
    syn::custom_keyword!(create);
    syn::custom_keyword!(at);
    syn::custom_keyword!(each);
    syn::custom_keyword!(ignore);
    syn::custom_keyword!(from);
    syn::custom_keyword!(any);
    syn::custom_keyword!(except);
    syn::custom_keyword!(to);
    syn::custom_keyword!(stay);
    syn::custom_keyword!(remove);
    syn::custom_keyword!(require);
    syn::custom_keyword!(set);
    syn::custom_keyword!(insert);
    syn::custom_keyword!(into);
    syn::custom_keyword!(append);
    syn::custom_keyword!(take);
    syn::custom_keyword!(first);
    syn::custom_keyword!(emit);
    syn::custom_keyword!(invariant);
    syn::custom_keyword!(always);
    syn::custom_keyword!(reachable);
    syn::custom_keyword!(possible);
    syn::custom_keyword!(leads_to);
    syn::custom_keyword!(fair);
    syn::custom_keyword!(strongly);
}

/// A machine as written.
pub(crate) struct Machine {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) types: Vec<TypeDeclaration>,
    pub(crate) constants: Vec<Constant>,
    pub(crate) helpers: Vec<Helper>,
    pub(crate) inputs: Vec<Message>,
    pub(crate) effects: Vec<Message>,
    pub(crate) regions: Vec<Region>,
    pub(crate) properties: Vec<Property>,
    pub(crate) fairness: Vec<Fairness>,
}

/// `id`, `epoch`, `enum`, `record`, `number` or `opaque`.
pub(crate) struct TypeDeclaration {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Ident,
    pub(crate) kind: TypeKind,
}

/// What a declared type is.
pub(crate) enum TypeKind {
    Id,
    Epoch,
    Enum(Vec<Message>),
    Record(Vec<Member>),
    Number(Range),
    Opaque(Type),
}

/// The least and the greatest of some integers.
#[derive(Clone, Copy)]
pub(crate) struct Range {
    pub(crate) least: i64,
    pub(crate) greatest: i64,
}

/// `const NAME: Type = expression;`
pub(crate) struct Constant {
    pub(crate) attributes: Vec<Attribute>,
    /// Hosts read it.
    pub(crate) public: bool,
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) value: Expr,
}

/// `fn name(parameter: Type) -> Type { expression }`: a pure function for guards and right-hand sides.
pub(crate) struct Helper {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Ident,
    pub(crate) parameters: Vec<Member>,
    pub(crate) ty: Type,
    pub(crate) body: Expr,
}

/// A name with payload: an input, an effect or a variant.
pub(crate) struct Message {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Ident,
    pub(crate) members: Vec<Member>,
}

/// `name: Type`.
pub(crate) struct Member {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Ident,
    pub(crate) ty: Type,
}

/// A region as written.
pub(crate) struct Region {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Ident,
    pub(crate) key: Option<Type>,
    pub(crate) phases: Vec<Phase>,
    pub(crate) fields: Vec<Field>,
    pub(crate) selections: Vec<Selection>,
    pub(crate) handlers: Vec<Handler>,
}

/// A phase as written.
pub(crate) struct Phase {
    pub(crate) message: Message,
    pub(crate) initial: bool,
    pub(crate) is_final: bool,
}

/// A field as written.
pub(crate) struct Field {
    pub(crate) member: Member,
    pub(crate) initial: Option<Expr>,
}

/// A named selection of instances.
pub(crate) struct Selection {
    pub(crate) attributes: Vec<Attribute>,
    /// Hosts read it.
    pub(crate) public: bool,
    pub(crate) name: Ident,
    pub(crate) pattern: Pat,
    pub(crate) condition: Option<Expr>,
}

/// `on Input ...`: what one region does with one input. `on A | B ...` is two of them.
#[derive(Clone)]
pub(crate) struct Handler {
    pub(crate) input: Ident,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) target: Target,
    /// `let` and `require` clauses in front of the arms, common to all of them.
    pub(crate) prelude: Vec<Clause>,
    pub(crate) arms: Vec<Arm>,
}

/// `member` or `member: name` of a payload.
#[derive(Clone)]
pub(crate) struct Binding {
    pub(crate) member: Ident,
    pub(crate) name: Ident,
}

/// Which instances a handler moves.
#[derive(Clone)]
pub(crate) enum Target {
    Region,
    Create(Expr),
    At(Expr),
    Each(Ident),
}

/// `let pattern: Type = expression;`
#[derive(Clone)]
pub(crate) struct Let {
    pub(crate) pattern: Pat,
    pub(crate) ty: Option<Type>,
    pub(crate) value: Expr,
}

/// One transition as written.
#[derive(Clone)]
pub(crate) struct Arm {
    pub(crate) span: Span,
    pub(crate) sources: Sources,
    pub(crate) destination: Destination,
    pub(crate) clauses: Vec<Clause>,
}

/// The phases an arm leaves from.
#[derive(Clone)]
pub(crate) enum Sources {
    /// Nothing written: a creation, or a region without phases.
    Unwritten,
    Any(Vec<Ident>),
    Pattern(Pat),
}

/// Where an arm leads.
#[derive(Clone)]
pub(crate) enum Destination {
    Stay,
    Ignore,
    Remove,
    Phase { name: Ident, data: Vec<Assignment> },
}

/// `name: expression`, or `name` alone for `name: name`.
#[derive(Clone)]
pub(crate) struct Assignment {
    pub(crate) name: Ident,
    pub(crate) value: Expr,
}

/// A clause of an arm.
#[derive(Clone)]
pub(crate) enum Clause {
    Require { sentence: LitStr, condition: Condition },
    Let(Let),
    Set { field: Ident, value: Expr },
    Insert { field: Ident, key: Expr, value: Option<Expr> },
    Remove { field: Ident, key: Expr },
    Append { field: Ident, value: Expr },
    TakeFirst { field: Ident },
    Emit { effect: Ident, data: Vec<Assignment> },
}

impl Clause {
    /// The field that the clause writes, and whether it writes all of it.
    pub(crate) fn written_field(&self) -> Option<(&Ident, bool)> {
        match self {
            Self::Set { field, .. } => Some((field, true)),
            Self::Insert { field, .. }
            | Self::Remove { field, .. }
            | Self::Append { field, .. }
            | Self::TakeFirst { field } => Some((field, false)),
            Self::Require { .. } | Self::Let(_) | Self::Emit { .. } => None,
        }
    }
}

/// What a guard tests.
#[derive(Clone)]
pub(crate) enum Condition {
    Holds(Expr),
    Matches { pattern: Pat, value: Expr },
}

/// The kinds of properties.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PropertyKind {
    Invariant,
    Always,
    Reachable,
    Possible,
    LeadsTo,
}

impl PropertyKind {
    /// Whether the claim is asked of states in which the premise need not hold.
    pub(crate) fn claims_of_other_states(self) -> bool {
        matches!(self, Self::Possible | Self::LeadsTo)
    }
}

/// `fair Input;`: what the environment is trusted to do.
pub(crate) struct Fairness {
    pub(crate) strong: bool,
    pub(crate) input: Ident,
}

/// A property as written.
pub(crate) struct Property {
    pub(crate) kind: PropertyKind,
    pub(crate) sentence: LitStr,
    pub(crate) premise: Option<Expr>,
    pub(crate) claim: Expr,
}

/// Parses a machine. After a mistake inside an item the parser goes on with the next one; nothing is returned only if
/// there is no machine at all.
pub(crate) fn machine(input: TokenStream, errors: &mut Errors) -> Option<Machine> {
    let mut parsed = None;
    let outcome = (|stream: ParseStream| {
        let mut machine = Machine::head(stream)?;
        while !stream.is_empty() {
            if let Err(error) = machine.item(stream) {
                errors.push(&error);
                skip_item(stream)?;
            }
        }
        parsed = Some(machine);
        Ok(())
    })
    .parse2(input);
    // Behind a mistake the parser also stumbles over what the item left unread; that is no mistake of its own.
    if let Err(error) = outcome
        && errors.is_empty()
    {
        errors.push(&error);
    }
    parsed
}

/// Moves to the next place where an item may begin: behind a `;` or a `{ ... }`.
fn skip_item(stream: ParseStream) -> syn::Result<()> {
    while !stream.is_empty() {
        let token: proc_macro2::TokenTree = stream.parse()?;
        match token {
            proc_macro2::TokenTree::Punct(mark) if mark.as_char() == ';' => break,
            proc_macro2::TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::Brace => break,
            _ => {}
        }
    }
    Ok(())
}

impl Machine {
    fn head(stream: ParseStream) -> syn::Result<Self> {
        let attributes = stream.call(Attribute::parse_outer)?;
        let visibility = stream.parse()?;
        stream
            .parse::<keyword::machine>()
            .map_err(|error| syn::Error::new(error.span(), "a machine begins with its name: `pub machine Name;`"))?;
        let name = stream.parse()?;
        stream.parse::<Token![;]>()?;
        Ok(Self {
            attributes,
            visibility,
            name,
            types: Vec::new(),
            constants: Vec::new(),
            helpers: Vec::new(),
            inputs: Vec::new(),
            effects: Vec::new(),
            regions: Vec::new(),
            properties: Vec::new(),
            fairness: Vec::new(),
        })
    }

    fn item(&mut self, stream: ParseStream) -> syn::Result<()> {
        let attributes = stream.call(Attribute::parse_outer)?;
        let ahead = stream.lookahead1();
        if ahead.peek(keyword::id)
            || ahead.peek(keyword::epoch)
            || ahead.peek(Token![enum])
            || ahead.peek(keyword::record)
            || ahead.peek(keyword::number)
            || ahead.peek(keyword::opaque)
        {
            self.types.push(TypeDeclaration::parse(attributes, stream)?);
        } else if ahead.peek(Token![const]) || (ahead.peek(Token![pub]) && stream.peek2(Token![const])) {
            self.constants.push(Constant::parse(attributes, stream)?);
        } else if ahead.peek(Token![fn]) {
            self.helpers.push(Helper::parse(attributes, stream)?);
        } else if ahead.peek(keyword::input) {
            stream.parse::<keyword::input>()?;
            self.inputs.push(Message::parse_item(attributes, stream)?);
        } else if ahead.peek(keyword::effect) {
            stream.parse::<keyword::effect>()?;
            self.effects.push(Message::parse_item(attributes, stream)?);
        } else if ahead.peek(keyword::region) || ahead.peek(keyword::keyed) {
            self.regions.push(Region::parse(attributes, stream)?);
        } else if ahead.peek(keyword::invariant)
            || ahead.peek(keyword::always)
            || ahead.peek(keyword::reachable)
            || ahead.peek(keyword::possible)
            || ahead.peek(keyword::leads_to)
        {
            self.properties.push(stream.parse()?);
        } else if ahead.peek(keyword::fair) || ahead.peek(keyword::strongly) {
            self.fairness.extend(Fairness::parse(stream)?);
        } else {
            return Err(ahead.error());
        }
        Ok(())
    }
}

impl Fairness {
    /// One declaration may name several inputs.
    fn parse(stream: ParseStream) -> syn::Result<Vec<Self>> {
        let strong = stream.parse::<Option<keyword::strongly>>()?.is_some();
        stream.parse::<keyword::fair>()?;
        let mut named = vec![Self { strong, input: stream.parse()? }];
        while stream.peek(Token![,]) {
            stream.parse::<Token![,]>()?;
            named.push(Self { strong, input: stream.parse()? });
        }
        stream.parse::<Token![;]>()?;
        Ok(named)
    }
}

impl Parse for Property {
    fn parse(stream: ParseStream) -> syn::Result<Self> {
        let kind = PropertyKind::parse(stream)?;
        let sentence = stream.parse()?;
        stream.parse::<Token![:]>()?;
        let first: Expr = stream.parse()?;
        let (premise, claim) = if stream.peek(Token![=>]) {
            stream.parse::<Token![=>]>()?;
            (Some(first), stream.parse()?)
        } else {
            (None, first)
        };
        stream.parse::<Token![;]>()?;
        Ok(Self { kind, sentence, premise, claim })
    }
}

impl PropertyKind {
    fn parse(stream: ParseStream) -> syn::Result<Self> {
        let word: Ident = stream.parse()?;
        match word.to_string().as_str() {
            "invariant" => Ok(Self::Invariant),
            "always" => Ok(Self::Always),
            "reachable" => Ok(Self::Reachable),
            "leads_to" => Ok(Self::LeadsTo),
            _ => Ok(Self::Possible),
        }
    }
}
