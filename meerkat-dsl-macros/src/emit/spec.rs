//! The machine as constant data.

use proc_macro2::{Span, TokenStream};
use quote::quote;

use super::meaning::meaning;
use super::{Names, doc_text};
use crate::lower::{Arm, Destination, Handler, Machine, Property, Region, Step, Target};
use crate::naming::{identifier, text};
use crate::parse::{Fairness, Member, Message, PropertyKind, TypeDeclaration, TypeKind};

pub(super) fn emit(machine: &Machine<'_>, names: &Names) -> TokenStream {
    let written = machine.written;
    let (name, doc, place) = (names.marker.to_string(), doc_text(&written.attributes), place(written.name.span()));
    let types = written.types.iter().map(type_spec);
    let (inputs, effects) = (messages(&written.inputs), messages(&written.effects));
    let regions = machine.regions.iter().map(region_spec);
    let transitions = machine.regions.iter().flat_map(|region| {
        region
            .handlers
            .iter()
            .flat_map(move |handler| handler.arms.iter().map(move |arm| transition_spec(machine, region, handler, arm)))
    });
    let handlers = machine
        .regions
        .iter()
        .flat_map(|region| region.handlers.iter().map(move |handler| handler_spec(region, handler)));
    let properties = machine.properties.iter().map(property_spec);
    let fairness = written.fairness.iter().map(|fairness| fairness_spec(written, fairness));
    let meaning = meaning(written);
    quote! {
        use ::machine_spec::{meaning, spec as data};

        const SPEC: data::MachineSpec = data::MachineSpec {
            name: #name,
            doc: #doc,
            place: #place,
            types: &[#(#types),*],
            inputs: &[#(#inputs),*],
            effects: &[#(#effects),*],
            regions: &[#(#regions),*],
            transitions: &[#(#transitions),*],
            handlers: &[#(#handlers),*],
            properties: &[#(#properties),*],
            fairness: &[#(#fairness),*],
            meaning: #meaning,
        };
    }
}

fn place(span: Span) -> TokenStream {
    let start = span.start();
    let (line, column) =
        (u32::try_from(start.line).unwrap_or(u32::MAX), u32::try_from(start.column + 1).unwrap_or(u32::MAX));
    let file = span.file();
    quote!(data::Place { file: #file, line: #line, column: #column })
}

fn members(members: &[Member]) -> TokenStream {
    let specs = members.iter().map(|member| {
        let (name, ty) = (member.name.to_string(), text(&member.ty));
        quote!(data::MemberSpec { name: #name, ty: #ty })
    });
    quote!(&[#(#specs),*])
}

fn messages(messages: &[Message]) -> Vec<TokenStream> {
    let specs = messages.iter().map(|message| {
        let (name, doc, payload, place) = (
            message.name.to_string(),
            doc_text(&message.attributes),
            members(&message.members),
            place(message.name.span()),
        );
        quote!(data::MessageSpec { name: #name, doc: #doc, payload: #payload, place: #place })
    });
    specs.collect()
}

fn type_spec(declaration: &TypeDeclaration) -> TokenStream {
    let (name, doc, place) =
        (declaration.name.to_string(), doc_text(&declaration.attributes), place(declaration.name.span()));
    let kind = match &declaration.kind {
        TypeKind::Id => quote!(data::TypeKind::Id),
        TypeKind::Epoch => quote!(data::TypeKind::Epoch),
        TypeKind::Number(range) => {
            let (least, greatest) = (range.least, range.greatest);
            quote!(data::TypeKind::Number { least: #least, greatest: #greatest })
        }
        TypeKind::Opaque(path) => {
            let path = text(path);
            quote!(data::TypeKind::Opaque(#path))
        }
        TypeKind::Enum(variants) => {
            let variants = messages(variants);
            quote!(data::TypeKind::Enum(&[#(#variants),*]))
        }
        TypeKind::Record(fields) => {
            let fields = members(fields);
            quote!(data::TypeKind::Record(#fields))
        }
    };
    quote!(data::TypeSpec { name: #name, doc: #doc, kind: #kind, place: #place })
}

fn region_spec(region: &Region<'_>) -> TokenStream {
    let written = region.written;
    let (name, doc, place) =
        (written.name.to_string(), doc_text(&written.attributes), self::place(written.name.span()));
    let key = match &written.key {
        Some(key) => {
            let key = text(key);
            quote!(::core::option::Option::Some(#key))
        }
        None => quote!(::core::option::Option::None),
    };
    let phases = written.phases.iter().map(|phase| {
        let message = &phase.message;
        let (name, doc, data, place) = (
            message.name.to_string(),
            doc_text(&message.attributes),
            members(&message.members),
            self::place(message.name.span()),
        );
        let (initial, is_final) = (phase.initial, phase.is_final);
        quote! {
            data::PhaseSpec { name: #name, doc: #doc, data: #data, initial: #initial, is_final: #is_final, place: #place }
        }
    });
    let fields = written.fields.iter().map(|field| {
        let member = &field.member;
        let (name, doc, ty, place) =
            (member.name.to_string(), doc_text(&member.attributes), text(&member.ty), self::place(member.name.span()));
        let initial = field.initial.as_ref().map(text).unwrap_or_default();
        quote!(data::FieldSpec { name: #name, doc: #doc, ty: #ty, initial: #initial, place: #place })
    });
    let selections = written.selections.iter().map(|selection| {
        let (name, place) = (selection.name.to_string(), self::place(selection.name.span()));
        let condition = selection.condition.as_ref().map(|condition| format!(" where {}", text(condition)));
        let pattern = text(&selection.pattern) + &condition.unwrap_or_default();
        quote!(data::SelectionSpec { name: #name, pattern: #pattern, place: #place })
    });
    quote! {
        data::RegionSpec {
            name: #name,
            doc: #doc,
            key: #key,
            phases: &[#(#phases),*],
            fields: &[#(#fields),*],
            selections: &[#(#selections),*],
            place: #place,
        }
    }
}

fn transition_spec(machine: &Machine<'_>, region: &Region<'_>, handler: &Handler<'_>, arm: &Arm<'_>) -> TokenStream {
    let phase_name = |index: &usize| region.written.phases[*index].message.name.to_string();
    let (name, region_index, input) = (arm.name.to_string(), region.index, handler.input);
    let target = match &handler.target {
        Target::Region => quote!(data::Target::Region),
        Target::Create(key) => {
            let key = text(key);
            quote!(data::Target::Create(#key))
        }
        Target::At(key) => {
            let key = text(key);
            quote!(data::Target::At(#key))
        }
        Target::Each(selection) => {
            let selection = selection.to_string();
            quote!(data::Target::Each(#selection))
        }
    };
    let (sources, source_pattern) = (arm.sources.iter().map(phase_name), &arm.source_text);
    let destination = match &arm.destination {
        Destination::Stay => quote!(data::Destination::Stay),
        Destination::Ignore => quote!(data::Destination::Ignore),
        Destination::Remove => quote!(data::Destination::Remove),
        Destination::Phase { index, .. } => {
            let name = phase_name(index);
            quote!(data::Destination::Phase(#name))
        }
    };
    let guards = arm.steps.iter().filter_map(|step| match step {
        Step::Guard { sentence, text, span, .. } => {
            let (sentence, place) = (sentence.value(), place(*span));
            Some(quote!(data::GuardSpec { sentence: #sentence, text: #text, place: #place }))
        }
        Step::Let { .. } => None,
    });
    let updates = arm.updates.iter().map(|update| {
        let (field, text, place) = (update.field.to_string(), &update.text, place(update.span));
        quote!(data::UpdateSpec { field: #field, text: #text, place: #place })
    });
    let effects = arm.emissions.iter().map(|emission| {
        let effect = machine.written.effects[emission.effect].name.to_string();
        let (text, place) = (&emission.text, place(emission.span));
        quote!(data::EmissionSpec { effect: #effect, text: #text, place: #place })
    });
    let (reads, writes, place) = (&arm.reads, &arm.writes, place(arm.written.span));
    let (reads, writes) = (reads.iter(), writes.iter());
    quote! {
        data::TransitionSpec {
            name: #name,
            region: #region_index,
            input: #input,
            target: #target,
            sources: &[#(#sources),*],
            source_pattern: #source_pattern,
            destination: #destination,
            guards: &[#(#guards),*],
            updates: &[#(#updates),*],
            effects: &[#(#effects),*],
            reads: &[#(#reads),*],
            writes: &[#(#writes),*],
            place: #place,
        }
    }
}

fn handler_spec(region: &Region<'_>, handler: &Handler<'_>) -> TokenStream {
    let (index, input, may_refuse) = (region.index, handler.input, region.may_refuse(handler));
    let decisive = region.decisive(handler).into_iter().filter(|other| *other != index);
    quote! {
        data::HandlerSpec { region: #index, input: #input, decisive: &[#(#decisive),*], may_refuse: #may_refuse }
    }
}

fn fairness_spec(machine: &crate::parse::Machine, fairness: &Fairness) -> TokenStream {
    let input = machine.inputs.iter().position(|input| input.name == fairness.input).unwrap_or_default();
    let strength = if fairness.strong { quote!(Strong) } else { quote!(Weak) };
    let place = place(fairness.input.span());
    quote!(data::FairnessSpec { input: #input, strength: data::Strength::#strength, place: #place })
}

fn property_spec(property: &Property<'_>) -> TokenStream {
    let written = property.written;
    let sentence = written.sentence.value();
    let (id, place) = (identifier(&sentence), place(written.sentence.span()));
    let kind = match written.kind {
        PropertyKind::Invariant => quote!(data::PropertyKind::Invariant),
        PropertyKind::Always => quote!(data::PropertyKind::Always),
        PropertyKind::Reachable => quote!(data::PropertyKind::Reachable),
        PropertyKind::Possible => quote!(data::PropertyKind::Possible),
        PropertyKind::LeadsTo => quote!(data::PropertyKind::LeadsTo),
    };
    let (premise, claim) = (written.premise.as_ref().map(text).unwrap_or_default(), text(&written.claim));
    let (reads, regions) = (property.reads.iter(), property.regions.iter());
    quote! {
        data::PropertySpec {
            id: #id,
            sentence: #sentence,
            kind: #kind,
            premise: #premise,
            text: #claim,
            reads: &[#(#reads),*],
            regions: &[#(#regions),*],
            place: #place,
        }
    }
}
