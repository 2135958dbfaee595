//! The tool servers that a session is connected to.

crate::region! {
    /// A tool server, by the number that the host's name for it has in this session.
    id ServerId;
    /// One attempt to connect a server. What comes of an earlier attempt is refused.
    epoch ServerConnection;

    /// A server becomes known; it is to be connected.
    input AddServer { server: ServerId }
    /// The server is connected, or connected anew.
    input ConnectServer { server: ServerId }
    /// The server answers.
    input ServerConnected { server: ServerId, connection: ServerConnection }
    /// The server could not be connected.
    input ServerFailed { server: ServerId, connection: ServerConnection }
    /// The connection broke.
    input ServerLost { server: ServerId, connection: ServerConnection }
    /// The server is no longer to be connected.
    input DisconnectServer { server: ServerId }

    /// Connect the server, in place of an earlier connection if there is one.
    effect OpenServer { server: ServerId, connection: ServerConnection }
    /// Let go of what was connected up to this attempt; perhaps an earlier process has connected it.
    effect CloseServer { server: ServerId, connection: ServerConnection }

    /// The tool servers. A server that was added stays known; hosts have few.
    keyed region servers[ServerId] {
        phases {
            /// To be connected while an executor is bound.
            Pending,
            /// Being connected.
            Connecting,
            /// Connected.
            Connected,
            /// It could not be connected.
            Failed,
            /// The connection broke, or is no longer wanted.
            Disconnected,
        }
        /// The latest attempt.
        field connection: ServerConnection = ServerConnection::ZERO;

        /// The servers to connect.
        pub select pending = Pending;
        select open = Connecting | Connected;

        on AddServer { server } create server to Pending {
            require "the session is not destroyed": !lifecycle.is(Destroyed);
        }
        on ConnectServer { server } at server from any to Connecting {
            require "an executor is bound, and the session goes on": goes_on(registration.phase, lifecycle.phase);
            set connection = self.connection.fresh();
            emit OpenServer { server, connection: next.connection };
        }
        on ServerConnected { server, connection } at server from Connecting to Connected {
            require "it is the latest attempt": connection == self.connection;
        }
        on ServerFailed { server, connection } at server from Connecting to Failed {
            require "it is the latest attempt": connection == self.connection;
        }
        on ServerLost { server, connection } at server from Connected to Disconnected {
            require "it is the latest attempt": connection == self.connection;
        }
        on DisconnectServer { server } at server {
            from Connecting | Connected to Disconnected { emit CloseServer { server, connection: self.connection }; }
            from Pending | Failed to Disconnected;
        }

        on Detach | Stop | Destroy | FinishUnregister | Recover each open from Connecting | Connected to Pending {
            emit CloseServer { server: self.key, connection: self.connection };
        }
    }

    invariant "a server that is being connected has an executor":
        !servers.open.is_empty() => registration.is(Active | Draining);
    invariant "who was connected was tried": servers.all(|server|
        server.is(Pending | Disconnected) || server.connection > ServerConnection::ZERO);
    always "an attempt to connect never goes back": servers.all(|server|
        next.servers.get(server.key).is_some_and(|later| later.connection >= server.connection));
    always "only an attempt connects a server": next.servers.all(|later| !later.is(Connected)
        || servers.open.contains(later.key));
    reachable "a server fails": servers.any(|server| server.is(Failed));
    possible "every server can be let go of": !servers.open.is_empty() => servers.open.is_empty();
}
