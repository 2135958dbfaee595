//! The numbers of operations and waits, and how many operations may live.

crate::region! {
    /// From now on an operation begins only while fewer than so many live. What lives already is not touched.
    input LimitOperations { limit: u64 }

    /// Numbers the operations, their ends and the waits.
    region operation_numbers {
        /// The latest operation.
        field last_operation: OperationId = OperationId::ZERO;
        /// The latest wait.
        field last_wait: WaitId = WaitId::ZERO;
        /// What ends next ends here. It moves with every operation that begins and with every end that is reported, so
        /// that steps that end many operations at once need not move it.
        field sequence: EndSequence = EndSequence::ZERO;
        /// How many operations may live; none until the host has said how many.
        field limit: u64 = 0;

        on LimitOperations { limit } stay {
            require "an operation may live": limit > 0;
            set limit = limit;
        }
        on RegisterOperation { operation } stay {
            require "the operation is newer than every earlier one": operation > self.last_operation;
            require "a process holds the session": registration.is(Queuing | Attaching | Active);
            require "the session goes on": !lifecycle.is(Stopped | Destroyed) && !ends(lifecycle.phase);
            require "another operation may live": operations.live.len() < self.limit;
            set last_operation = operation;
            set sequence = self.sequence.fresh();
        }
        on FinishOperation stay { set sequence = self.sequence.fresh(); }
        on OpenWait { wait } stay {
            require "the wait is newer than every earlier one": wait > self.last_wait;
            require "a process holds the session": !registration.is(Absent);
            set last_wait = wait;
        }
    }

    always "operations, waits and ends never go back":
        next.operation_numbers.last_operation >= operation_numbers.last_operation
        && next.operation_numbers.last_wait >= operation_numbers.last_wait
        && next.operation_numbers.sequence >= operation_numbers.sequence;
    always "operations begin only below the limit": next.operation_numbers.last_operation > operation_numbers.last_operation =>
        operations.live.len() < operation_numbers.limit;
}
