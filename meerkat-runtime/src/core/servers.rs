//! The tool servers that a session is connected to.

use std::sync::Arc;

use machine_spec::session::{
    MeerkatMachineGuard as Guard, MeerkatMachineInput as Input, MeerkatMachineMutator,
    MeerkatMachineRejection as Rejection, ServerConnection, ServerId,
};

use super::{Core, NameKind, Remains};
use crate::{RuntimeError, ServerStatus, ServersRefusal};

impl Core {
    /// Makes a server known; one that is known stays as it is.
    pub(crate) fn add_server(&mut self, name: &str) -> Result<ServerId, RuntimeError> {
        let server = ServerId::from_number(self.intern(NameKind::Server, name)?);
        if self.state().servers().get(server).is_none() {
            self.request(Input::AddServer { server })?;
        }
        Ok(server)
    }

    /// Connects what is to be connected, once an executor is bound.
    pub(super) fn connect_servers(&mut self) {
        let pending: Vec<ServerId> = self.state().servers().pending().iter().collect();
        for server in pending {
            let connect = Input::ConnectServer { server };
            if self.authority.can_apply(&connect).is_ok() {
                self.insist(connect, &Remains::default());
            }
        }
    }

    pub(crate) fn connect_server(&mut self, server: ServerId) -> Result<ServerConnection, RuntimeError> {
        self.request(Input::ConnectServer { server })?;
        self.server_status(server).map(|status| status.connection)
    }

    pub(crate) fn server_connected(
        &mut self,
        server: ServerId,
        connection: ServerConnection,
    ) -> Result<(), RuntimeError> {
        self.request(Input::ServerConnected { server, connection })
    }

    pub(crate) fn server_failed(&mut self, server: ServerId, connection: ServerConnection) -> Result<(), RuntimeError> {
        self.request(Input::ServerFailed { server, connection })
    }

    pub(crate) fn server_lost(&mut self, server: ServerId, connection: ServerConnection) -> Result<(), RuntimeError> {
        self.request(Input::ServerLost { server, connection })
    }

    pub(crate) fn disconnect_server(&mut self, server: ServerId) -> Result<(), RuntimeError> {
        self.request(Input::DisconnectServer { server })
    }

    pub(crate) fn server_status(&self, server: ServerId) -> Result<ServerStatus, RuntimeError> {
        let unknown = || self.servers_refused(ServersRefusal::Unknown);
        let instance = self.state().servers().get(server).ok_or_else(unknown)?;
        Ok(ServerStatus {
            server,
            name: self.names.name(NameKind::Server, server.number()).map(Arc::clone).unwrap_or_default(),
            phase: instance.phase(),
            connection: instance.connection(),
        })
    }

    pub(crate) fn list_servers(&self) -> Result<Vec<ServerStatus>, RuntimeError> {
        self.state().servers().iter().map(|server| self.server_status(server.key())).collect()
    }

    fn servers_refused(&self, reason: ServersRefusal) -> RuntimeError {
        RuntimeError::Servers { session: self.session.clone(), reason }
    }

    /// Why a call about a server was refused, in its own terms.
    pub(super) fn servers_refusal(&self, input: &Input, rejection: Rejection) -> Option<RuntimeError> {
        let about_one = matches!(
            input,
            Input::ConnectServer { .. }
                | Input::ServerConnected { .. }
                | Input::ServerFailed { .. }
                | Input::ServerLost { .. }
                | Input::DisconnectServer { .. }
        );
        let reason = match (input, rejection) {
            (_, Rejection::NoInstance { .. }) if about_one => ServersRefusal::Unknown,
            (_, Rejection::Guard { guard: Guard::ItIsTheLatestAttempt, .. }) => ServersRefusal::AttemptStale,
            (Input::DisconnectServer { .. }, Rejection::Phase { .. }) => ServersRefusal::DisconnectedAlready,
            (_, Rejection::Phase { .. }) if about_one => ServersRefusal::AttemptOver,
            _ => return None,
        };
        Some(self.servers_refused(reason))
    }
}
