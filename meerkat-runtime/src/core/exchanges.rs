//! Requests between peers, and the streams over which somebody follows an interaction.

use machine_spec::session::{
    InboundRequestInstance, InboundRequestPhase, MeerkatMachineEffect as Effect, MeerkatMachineInput as Input,
    OutboundRequestPhase, Reply, RequestId, StreamId,
};

use super::Core;
use crate::facet::{OwedReply, SentRequest};
use crate::{PeerRefusal, RuntimeError};

impl Core {
    pub(crate) fn send_request(&mut self, request: RequestId, peer: &str) -> Result<(), RuntimeError> {
        let peer = self.intern_peer(peer)?;
        self.request(Input::SendRequest { request, peer })
    }

    /// Gives how often the peer has been heard of.
    pub(crate) fn progress_request(&mut self, request: RequestId, peer: &str) -> Result<u32, RuntimeError> {
        self.request(Input::ProgressRequest { request, peer: self.known_peer(peer) })?;
        self.sent_request(request).map(|sent| sent.progress)
    }

    pub(crate) fn finish_request(
        &mut self,
        request: RequestId,
        peer: &str,
        answered: bool,
    ) -> Result<(), RuntimeError> {
        self.request(Input::FinishRequest { request, peer: self.known_peer(peer), answered })
    }

    pub(crate) fn time_out_request(&mut self, request: RequestId, progress: u32) -> Result<(), RuntimeError> {
        self.request(Input::TimeOutRequest { request, progress })
    }

    pub(crate) fn sent_request(&self, request: RequestId) -> Result<SentRequest, RuntimeError> {
        let sent = || {
            let instance = self.state().outbound_request().get(request)?;
            let OutboundRequestPhase::Sent { peer } = instance.phase() else { return None };
            Some(SentRequest { peer: self.peer_name(peer)?, progress: instance.progress() })
        };
        sent().ok_or_else(|| self.refuse_peers(PeerRefusal::RequestUnknown))
    }

    pub(crate) fn receive_request(&mut self, request: RequestId, peer: &str) -> Result<(), RuntimeError> {
        let peer = self.intern_peer(peer)?;
        self.request(Input::ReceiveRequest { request, peer })
    }

    pub(crate) fn reply_to_request(&mut self, request: RequestId, reply: Reply) -> Result<(), RuntimeError> {
        self.request(Input::ReplyToRequest { request, reply })
    }

    pub(crate) fn forget_reply(&mut self, request: RequestId) -> Result<(), RuntimeError> {
        self.request(Input::ForgetReply { request })
    }

    /// What peers are still to hear, in the order of the requests' numbers.
    pub(crate) fn owed_replies(&self) -> Vec<OwedReply> {
        let owed = |instance: &InboundRequestInstance| {
            let request = instance.key();
            match instance.phase() {
                InboundRequestPhase::Received { peer } => {
                    self.peer_name(peer).map(|peer| OwedReply::Unanswered { request, peer })
                }
                InboundRequestPhase::Replied { reply } => Some(OwedReply::Undelivered { request, reply }),
            }
        };
        self.state().inbound_request().iter().filter_map(owed).collect()
    }

    pub(crate) fn reserve_stream(&mut self, stream: StreamId) -> Result<(), RuntimeError> {
        self.request(Input::ReserveStream { stream })
    }

    pub(crate) fn attach_stream(&mut self, stream: StreamId) -> Result<(), RuntimeError> {
        self.request(Input::AttachStream { stream })
    }

    pub(crate) fn complete_stream(&mut self, stream: StreamId) -> Result<(), RuntimeError> {
        self.request(Input::CompleteStream { stream })
    }

    pub(crate) fn expire_stream(&mut self, stream: StreamId) -> Result<(), RuntimeError> {
        self.request(Input::ExpireStream { stream })
    }

    pub(crate) fn close_stream(&mut self, stream: StreamId) -> Result<(), RuntimeError> {
        self.request(Input::CloseStream { stream })
    }

    /// What is over is forgotten in the step that ends it; whoever waits is told from the effect.
    pub(super) fn forget_exchange(&mut self, effect: &Effect) {
        match effect {
            Effect::RequestSettled { request, .. } => self.forget(Input::ForgetRequest { request: *request }),
            Effect::StreamEnded { stream, .. } => self.forget(Input::ForgetStream { stream: *stream }),
            _ => {}
        }
    }
}
