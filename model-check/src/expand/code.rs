//! An expanded crate, and the machines in it.

use std::collections::BTreeMap;

use syn::visit::Visit;
use syn::visit_mut::VisitMut;
use syn::{Attribute, File, Ident, Item, ItemFn, ItemImpl, ItemMod, Stmt, parse_quote};

use super::ExpandError;
use crate::bound_names;

/// The generated modules of the machines that a crate declares.
#[derive(Clone, Debug)]
pub struct Code {
    machines: Vec<Module>,
}

#[derive(Clone, Debug)]
struct Module {
    /// The machine's name.
    name: String,
    transitions: Vec<String>,
    written: ItemMod,
}

impl Code {
    /// Reads an expanded crate.
    ///
    /// # Errors
    /// [`ExpandError`] if it is no Rust, or if there is no machine in it.
    pub fn parse(text: &str) -> Result<Self, ExpandError> {
        let file = syn::parse_file(text).map_err(|error| ExpandError::Unreadable(error.to_string()))?;
        let mut code = Self { machines: Vec::new() };
        code.visit_file(&file);
        if code.machines.is_empty() { Err(ExpandError::NoMachines) } else { Ok(code) }
    }

    /// The code of a machine, or of all of them.
    ///
    /// # Errors
    /// [`ExpandError::UnknownMachine`] if there is none of this name.
    pub fn machine(&self, name: Option<&str>) -> Result<String, ExpandError> {
        let items = self.named(name)?.into_iter().map(|module| Item::Mod(module.written.clone()));
        Ok(formatted(items.collect()))
    }

    /// The function of a transition.
    ///
    /// # Errors
    /// [`ExpandError`] if there is no such machine or no such transition.
    pub fn transition(&self, machine: Option<&str>, name: &str) -> Result<String, ExpandError> {
        let modules = self.named(machine)?;
        let functions = modules.iter().filter(|module| module.has(name)).flat_map(|module| module.functions(name));
        let functions: Vec<Item> = functions.map(|function| Item::Fn(function.clone())).collect();
        if !functions.is_empty() {
            return Ok(formatted(functions));
        }
        let known = modules.iter().flat_map(|module| &module.transitions).map(String::as_str);
        let nearest = bound_names::nearest(name, known).map(str::to_owned);
        Err(ExpandError::UnknownTransition { name: name.to_owned(), nearest })
    }

    fn named(&self, name: Option<&str>) -> Result<Vec<&Module>, ExpandError> {
        let is_meant = |module: &&Module| name.is_none_or(|name| name == module.name);
        let found: Vec<&Module> = self.machines.iter().filter(is_meant).collect();
        let names = || self.machines.iter().map(|module| module.name.as_str());
        match name {
            Some(name) if found.is_empty() => Err(ExpandError::UnknownMachine {
                name: name.to_owned(),
                nearest: bound_names::nearest(name, names()).map(str::to_owned),
                known: names().collect::<Vec<_>>().join(", "),
            }),
            _ => Ok(found),
        }
    }
}

impl<'tree> Visit<'tree> for Code {
    fn visit_item_mod(&mut self, module: &'tree ItemMod) {
        match Module::of(module) {
            Some(machine) => self.machines.push(machine),
            None => syn::visit::visit_item_mod(self, module),
        }
    }
}

impl Module {
    /// The machine that a module was generated for, if it was.
    fn of(module: &ItemMod) -> Option<Self> {
        if !module.ident.to_string().ends_with("_machine") {
            return None;
        }
        let (_, items) = module.content.as_ref()?;
        let transitions = items.iter().find_map(|item| match item {
            Item::Enum(one) if one.ident.to_string().ends_with("MachineTransition") => Some(one),
            _ => None,
        })?;
        let name = transitions.ident.to_string().trim_end_matches("MachineTransition").to_owned();
        let transitions = transitions.variants.iter().map(|variant| variant.ident.to_string()).collect();
        let mut written = module.clone();
        Readable.visit_item_mod_mut(&mut written);
        Some(Self { name, transitions, written })
    }

    fn has(&self, transition: &str) -> bool {
        self.transitions.iter().any(|name| squeezed(name) == squeezed(transition))
    }

    fn functions(&self, transition: &str) -> impl Iterator<Item = &ItemFn> {
        let items = self.written.content.iter().flat_map(|(_, items)| items);
        let wanted = squeezed(transition);
        items.filter_map(move |item| match item {
            Item::Fn(function) if squeezed(&function.sig.ident.to_string()) == wanted => Some(function),
            _ => None,
        })
    }
}

/// `LettersDeliver` and `letters_deliver` are the same name.
fn squeezed(name: &str) -> String {
    name.chars().filter(|character| *character != '_').flat_map(char::to_lowercase).collect()
}

fn formatted(items: Vec<Item>) -> String {
    prettyplease::unparse(&File { shebang: None, frontmatter: None, attrs: Vec::new(), items })
}

/// Undoes what makes expanded code long: derived code becomes `derive` again, and documentation becomes comments.
struct Readable;

impl VisitMut for Readable {
    fn visit_item_mod_mut(&mut self, module: &mut ItemMod) {
        if let Some((_, items)) = &mut module.content {
            fold_derives(items);
        }
        syn::visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        let syn::Meta::NameValue(pair) = &mut attribute.meta else { return };
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &mut pair.value else { return };
        if pair.path.is_ident("doc") && !text.value().starts_with(' ') {
            *text = syn::LitStr::new(&format!(" {}", text.value()), text.span());
        }
    }
}

fn fold_derives(items: &mut Vec<Item>) {
    let mut derives: BTreeMap<Ident, Vec<syn::Path>> = BTreeMap::new();
    items.retain(|item| {
        let derived: Vec<(Ident, syn::Path)> = derived(item);
        let is_derived = !derived.is_empty();
        for (name, path) in derived {
            derives.entry(name).or_default().push(path);
        }
        !is_derived
    });
    for item in items {
        let (name, attributes) = match item {
            Item::Enum(one) => (&one.ident, &mut one.attrs),
            Item::Struct(one) => (&one.ident, &mut one.attrs),
            _ => continue,
        };
        // Marks of the compiler's own derives, which cannot be written.
        let is_internal = |path: &syn::Path| path.is_ident("StructuralPartialEq") || path.is_ident("TrivialClone");
        let paths: Vec<&syn::Path> =
            derives.get(name).into_iter().flatten().filter(|path| !is_internal(path)).collect();
        if !paths.is_empty() {
            attributes.push(parse_quote!(#[derive(#(#paths),*)]));
        }
    }
}

/// The types and traits of derived code: an `impl`, or a `const _` around some, as serde writes them.
fn derived(item: &Item) -> Vec<(Ident, syn::Path)> {
    match item {
        Item::Impl(one) => derived_impl(one).into_iter().collect(),
        Item::Const(one) if one.ident == "_" => match one.expr.as_ref() {
            syn::Expr::Block(block) => block.block.stmts.iter().flat_map(derived_statement).collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn derived_statement(statement: &Stmt) -> Vec<(Ident, syn::Path)> {
    match statement {
        Stmt::Item(Item::Impl(one)) => derived_impl(one).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn derived_impl(one: &ItemImpl) -> Option<(Ident, syn::Path)> {
    if !one.attrs.iter().any(|attribute| attribute.path().is_ident("automatically_derived")) {
        return None;
    }
    let syn::Type::Path(ty) = one.self_ty.as_ref() else { return None };
    let trait_name = one.trait_.as_ref()?.0.segments.last()?.ident.clone();
    let path = if trait_name == "Serialize" || trait_name == "Deserialize" {
        parse_quote!(serde::#trait_name)
    } else {
        parse_quote!(#trait_name)
    };
    Some((ty.path.segments.last()?.ident.clone(), path))
}
