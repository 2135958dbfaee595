//! Which tools a run may see: filters, and tools that runs ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use machine_spec::session::{
    DeferredToolsPhase, FilterRule, MeerkatMachineGuard as Guard, MeerkatMachineInput as Input,
    MeerkatMachineRejection as Rejection, ToolAuthority, ToolId, ToolRevision, VisibilityPhase,
};

use super::{Core, NameKind};
use crate::{DeferredTool, RuntimeError, ToolVisibility, ToolsRefusal};

impl Core {
    /// The staged filter becomes this one, as a whole.
    pub(crate) fn stage_filter(
        &mut self,
        rule: FilterRule,
        exceptions: &[Arc<str>],
    ) -> Result<ToolRevision, RuntimeError> {
        let mut tools = BTreeSet::new();
        for name in exceptions {
            tools.insert(self.intern(NameKind::Tool, name)?);
        }
        self.request(Input::StageToolFilter { rule })?;
        for tool in tools {
            self.request(Input::ExceptTool { tool: ToolId::from_number(tool) })?;
        }
        Ok(self.state().visibility().staged())
    }

    /// What is staged comes into force now. Only the latest revision can.
    pub(crate) fn publish_tools(&mut self, revision: ToolRevision) -> Result<(), RuntimeError> {
        self.request(Input::PublishTools { revision })
    }

    /// Offers every tool that its authority does not offer already.
    pub(crate) fn offer_tools(&mut self, offers: &[DeferredTool]) -> Result<Vec<ToolId>, RuntimeError> {
        let (mut wanted, mut tools) = (BTreeMap::new(), Vec::new());
        for offer in offers {
            let tool = ToolId::from_number(self.intern(NameKind::Tool, &offer.tool)?);
            let authority = ToolAuthority::from_number(self.intern(NameKind::ToolAuthority, &offer.authority)?);
            if wanted.get(&tool.number()).is_some_and(|&other| other != authority) {
                return Err(self.tools_refused(ToolsRefusal::OfferedAlready));
            }
            if !self.stands(tool, authority, DeferredToolsPhase::Offered) {
                self.would_accept(&Input::OfferTool { tool, authority })?;
                wanted.insert(tool.number(), authority);
            }
            tools.push(tool);
        }
        for (tool, authority) in wanted {
            self.request(Input::OfferTool { tool: ToolId::from_number(tool), authority })?;
        }
        Ok(tools)
    }

    /// Asks for every tool that is not asked for already, or for none.
    pub(crate) fn request_tools(&mut self, requests: &[DeferredTool]) -> Result<ToolRevision, RuntimeError> {
        let mut wanted = BTreeMap::new();
        for request in requests {
            let (tool, authority) = self.offered(request)?;
            if !self.stands(tool, authority, DeferredToolsPhase::Requested) {
                self.would_accept(&Input::RequestTool { tool, authority })?;
                wanted.insert(tool.number(), authority);
            }
        }
        for (tool, authority) in wanted {
            self.request(Input::RequestTool { tool: ToolId::from_number(tool), authority })?;
        }
        Ok(self.state().visibility().staged())
    }

    pub(crate) fn retract_tool(&mut self, offer: &DeferredTool) -> Result<ToolRevision, RuntimeError> {
        let (tool, authority) = self.offered(offer)?;
        self.request(Input::RetractTool { tool, authority })?;
        Ok(self.state().visibility().staged())
    }

    /// The numbers of names that were used in an offer before: asking makes no new names.
    fn offered(&self, offer: &DeferredTool) -> Result<(ToolId, ToolAuthority), RuntimeError> {
        let not_offered = || self.tools_refused(ToolsRefusal::NotOffered);
        let tool = self.names.number(NameKind::Tool, &offer.tool).ok_or_else(not_offered)?;
        let other = || self.tools_refused(ToolsRefusal::OtherAuthority);
        let authority = self.names.number(NameKind::ToolAuthority, &offer.authority).ok_or_else(other)?;
        Ok((ToolId::from_number(tool), ToolAuthority::from_number(authority)))
    }

    /// Whether the tool is that far, or further, under the authority, and is not on its way out.
    fn stands(&self, tool: ToolId, authority: ToolAuthority, at_least: DeferredToolsPhase) -> bool {
        self.state().deferred_tools().get(tool).is_some_and(|offered| {
            let far = match offered.phase() {
                DeferredToolsPhase::Offered => at_least == DeferredToolsPhase::Offered,
                DeferredToolsPhase::Requested | DeferredToolsPhase::Loaded => true,
                DeferredToolsPhase::Retracted => false,
            };
            far && offered.authority() == authority
        })
    }

    pub(crate) fn tool_visibility(&self) -> ToolVisibility {
        let (visibility, offered) = (self.state().visibility(), self.state().deferred_tools());
        let staged = (visibility.phase() == VisibilityPhase::Staged).then(|| visibility.staged());
        let in_phase = |wanted: &[DeferredToolsPhase]| {
            let there = offered.iter().filter(|tool| wanted.contains(&tool.phase()));
            self.tool_names(there.map(|tool| tool.key()))
        };
        ToolVisibility {
            revision: visibility.active(),
            rule: visibility.rule(),
            exceptions: self.tool_names(visibility.exceptions().iter()),
            loaded: in_phase(&[DeferredToolsPhase::Loaded, DeferredToolsPhase::Retracted]),
            offered: in_phase(&[DeferredToolsPhase::Offered, DeferredToolsPhase::Requested]),
            staged,
        }
    }

    fn tool_names(&self, tools: impl Iterator<Item = ToolId>) -> Vec<Arc<str>> {
        tools.filter_map(|tool| self.names.name(NameKind::Tool, tool.number()).cloned()).collect()
    }

    pub(super) fn tools_refused(&self, reason: ToolsRefusal) -> RuntimeError {
        RuntimeError::Tools { session: self.session.clone(), reason }
    }

    /// Why a call about tools was refused, in its own terms.
    pub(super) fn tools_refusal(&self, input: &Input, rejection: Rejection) -> Option<RuntimeError> {
        let reason = match (input, rejection) {
            (Input::OfferTool { .. }, Rejection::InstanceExists { .. }) => ToolsRefusal::OfferedAlready,
            (Input::RequestTool { .. } | Input::RetractTool { .. }, Rejection::NoInstance { .. }) => {
                ToolsRefusal::NotOffered
            }
            (
                _,
                Rejection::Guard {
                    guard: Guard::ItIsAskedForAsItIsOffered | Guard::ItIsTakenBackByWhoOffersIt, ..
                },
            ) => ToolsRefusal::OtherAuthority,
            (Input::RequestTool { .. } | Input::RetractTool { .. }, Rejection::Phase { .. }) => {
                ToolsRefusal::RetractedAlready
            }
            (Input::PublishTools { .. }, Rejection::Phase { .. }) => ToolsRefusal::NothingStaged,
            (_, Rejection::Guard { guard: Guard::TheRevisionIsTheLatest, .. }) => ToolsRefusal::RevisionStale,
            _ => return None,
        };
        Some(self.tools_refused(reason))
    }
}
