//! Image operations: another model for a single piece of work within a run.
//!
//! Each is approved or denied by itself, and one at a time has its model. They belong to the process that asked:
//! whatever ends the process, the registration or what the session does ends them. The outcome is kept until it is
//! forgotten.

crate::region! {
    /// An image operation. Never used twice.
    id ImageOperationId;

    /// How an image operation ended.
    enum ImageOutcome {
        /// There is an image.
        Completed,
        /// There is none.
        Failed,
        /// It was not approved.
        Denied,
        /// It was given up.
        Cancelled,
        /// The session does not go on with it.
        Abandoned,
    }

    /// An image operation needs this model.
    input RequestImageOperation { operation: ImageOperationId, model: ModelId }
    /// An image operation is approved.
    input GrantImageOperation { operation: ImageOperationId }
    /// An image operation is not approved.
    input DenyImageOperation { operation: ImageOperationId }
    /// An approved image operation begins.
    input BeginImageOperation { operation: ImageOperationId }
    /// The host has executed an image operation.
    input FinishImageOperation { operation: ImageOperationId, completed: bool }
    /// An image operation is given up.
    input CancelImageOperation { operation: ImageOperationId }
    /// Everybody who waited for the end of an image operation was told.
    input ForgetImageOperation { operation: ImageOperationId }

    /// Ask whoever approves image operations.
    effect AskImageApproval { operation: ImageOperationId, model: ModelId }
    /// Execute the image operation with its model.
    effect ExecuteImageOperation { operation: ImageOperationId, model: ModelId }
    /// Tell whoever executes the image operation, and whoever waits for it.
    effect ImageOperationEnded { operation: ImageOperationId, outcome: ImageOutcome }

    /// Every image operation from its request until it is forgotten.
    keyed region image_operation[ImageOperationId] {
        phases {
            /// It waits for approval.
            Requested,
            /// It may begin.
            Approved,
            /// The host executes it.
            Executing,
            /// It is over.
            final Ended { outcome: ImageOutcome },
        }
        /// Its model.
        field model: ModelId;

        select executing = Executing;
        select live = Requested | Approved | Executing;

        on RequestImageOperation { operation, model } create operation to Requested {
            require "the session is registered": registration.is(Queuing | Attaching | Active);
            set model = model;
            emit AskImageApproval { operation, model };
        }
        on GrantImageOperation { operation } at operation from Requested to Approved;
        on DenyImageOperation { operation } at operation from Requested to Ended { outcome: ImageOutcome::Denied } {
            emit ImageOperationEnded { operation, outcome: ImageOutcome::Denied };
        }
        on BeginImageOperation { operation } at operation from Approved to Executing {
            require "no other has its model": image_operation.executing.is_empty();
            emit ExecuteImageOperation { operation, model: self.model };
        }
        on FinishImageOperation { operation, completed } at operation {
            let outcome = if completed { ImageOutcome::Completed } else { ImageOutcome::Failed };

            from Executing to Ended { outcome } { emit ImageOperationEnded { operation, outcome }; }
        }
        on CancelImageOperation { operation } at operation from any to Ended { outcome: ImageOutcome::Cancelled } {
            emit ImageOperationEnded { operation, outcome: ImageOutcome::Cancelled };
        }
        on ForgetImageOperation { operation } at operation from Ended { .. } remove;

        on Stop | Reset | Destroy | Unregister | Recover each live from any
            to Ended { outcome: ImageOutcome::Abandoned }
        { emit ImageOperationEnded { operation: self.key, outcome: ImageOutcome::Abandoned }; }
    }

    invariant "one image operation at a time has its model": image_operation.executing.len() <= 1;
    invariant "an image operation has a process that waits for it":
        image_operation.live.is_empty() || registration.is(Queuing | Attaching | Active);
    always "an image operation begins only if it was approved": next.image_operation.all(|o| !o.is(Executing)
        || image_operation.get(o.key).is_some_and(|earlier| earlier.is(Approved | Executing)));
    always "an image operation that has ended stays so until it is forgotten": image_operation.all(|o| !o.is(Ended)
        || next.image_operation.get(o.key).is_none_or(|later| later.phase == o.phase));
    always "an image operation keeps its model": image_operation.all(|o|
        next.image_operation.get(o.key).is_none_or(|later| later.model == o.model));
    possible "every image operation can end": true => image_operation.live.is_empty();
}
