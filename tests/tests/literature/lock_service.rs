//! A lock service with fencing tokens, after Kleppmann, "How to do distributed locking" (2016): a client that slept
//! through the end of its lease must not write over one that got the lock after it.

use machine_spec::machine;

machine! {
    /// One lock, clients that sleep, and a store that checks tokens.
    pub machine LockService;

    id Client;
    epoch Token;

    /// The service grants the lock under a fresh token.
    input Acquire { client: Client }
    /// The lease ends, whether its holder knows or not.
    input Expire;
    /// A client writes with the token that it believes in.
    input Write { client: Client }

    region service {
        phases { initial Free, Held { by: Client } }
        field granted: Token = Token::ZERO;

        on Acquire { client } from Free to Held { by: client } { set granted = self.granted.fresh(); }
        on Expire from Held { .. } to Free;
    }

    region clients {
        /// What each client believes to hold.
        field tokens: Map<Client, Token> = Map::new();

        on Acquire { client } stay { insert client => service.granted.fresh() into tokens; }
    }

    region store {
        field latest: Token = Token::ZERO;

        on Write { client } stay {
            require "it holds a token": let Some(token) = clients.tokens.get(client).copied();
            require "nobody wrote with a newer token": token >= self.latest;
            set latest = token;
        }
    }

    invariant "every token was granted": clients.tokens.all(|_, token| token <= service.granted);
    invariant "the store knows granted tokens only": store.latest <= service.granted;
    invariant "no token is held twice": clients.tokens.all(|one, token|
        clients.tokens.all(|other, same| one == other || token != same));
    always "an older token never writes after a newer one": next.store.latest >= store.latest;
    always "a lock is held until it is free": service.is(Held) && next.service.is(Held) => next.service.phase == service.phase;
    fair Expire;
    leads_to "whoever holds the lock gives it back, asleep or not": service.is(Held) => service.is(Free);
    reachable "a client sleeps while another writes": clients.tokens.any(|_, token| token < store.latest);
}
