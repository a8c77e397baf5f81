//! Creation (3.3), and one call after the other (4.3, 4.4).

use std::collections::BTreeMap;

use crate::call::{Call, CallbackOutcome, Context, CreateArguments};
use crate::effects::Effects;
use crate::refusal::{Refusal, refuse, require};
use crate::state::{Model, is_account};

impl Model {
    /// `create`: everything starts empty.
    ///
    /// # Errors
    ///
    /// `stake_token_not_contract`, `minimum_negative`.
    pub fn create(arguments: &CreateArguments) -> Result<Model, Refusal> {
        let settings = arguments.settings.clone();
        require(!is_account(&settings.stake_token), "stake_token_not_contract")?;
        let no_negative = settings.min_node_stake >= 0 && settings.min_total_stakes >= 0;
        require(no_negative, "minimum_negative")?;
        Ok(Model {
            collaborators: arguments.collaborators.clone(),
            settings,
            staked_tokens: BTreeMap::new(),
            zk_nodes: BTreeMap::new(),
            computations: BTreeMap::new(),
            roster: Vec::new(),
        })
    }

    /// Carries out a call, or a callback if the context has a callback outcome.
    ///
    /// # Errors
    ///
    /// The first code of the row of 4.3 that applies; the model is then what it was. A callback
    /// without outcome, and an action with one, are unknown actions.
    pub fn apply(&mut self, call: &Call, context: &Context) -> Result<Effects, Refusal> {
        let mut next = self.clone();
        let effects = match &context.callback {
            None => next.carry_out(call, context)?,
            Some(outcome) => {
                next.call_back(call, context, outcome)?;
                Effects::default()
            }
        };
        *self = next;
        Ok(effects)
    }

    /// The rows of 4.3. May leave a half-done model behind a refusal: `apply` drops it.
    fn carry_out(&mut self, call: &Call, context: &Context) -> Result<Effects, Refusal> {
        match call {
            Call::TopUpGas => Ok(Effects::default()),

            Call::RegisterAsZkNode { rest_endpoint } => self.register(context, rest_endpoint),
            Call::UpdateNodeRestEndpoint { rest_endpoint } => {
                self.update_endpoint(context, rest_endpoint)
            }
            Call::UpdateNodeProtocolVersion { supported_protocol_version } => {
                self.update_protocol_version(context, supported_protocol_version)
            }
            Call::UpdateServerJurisdiction { jurisdiction } => {
                self.update_jurisdiction(context, *jurisdiction)
            }
            Call::UpdateNodeEeVersion { supported_ee_version } => {
                self.update_ee_version(context, *supported_ee_version)
            }
            Call::ResignAsZkNode => self.resign(context),
            Call::DisableZkNode { address } => self.disable(context, address),

            Call::AssociateTokens { token_amount } => self.associate(context, *token_amount),
            Call::AssociateTokensWithExpiration { token_amount, expiration_timestamp } => {
                self.associate_with_expiration(context, *token_amount, *expiration_timestamp)
            }
            Call::DisassociateTokens { token_amount } => self.disassociate(context, *token_amount),
            Call::SetReservedTokens { new_reserved } => self.set_reserved(context, *new_reserved),
            Call::UnlockExpiredStakes => self.unlock(context),
            Call::SetExpirationForAssociation { expiration_timestamp } => {
                self.set_expiration(context, *expiration_timestamp)
            }
            Call::DisassociateAllExpiredStakesFromContract { account } => {
                self.disassociate_expired(context, account)
            }

            Call::RequestZkComputationNodesV1 { .. }
            | Call::RequestZkComputationNodesV2 { .. }
            | Call::RequestSpecificNodesWithProtocolVersion { .. }
            | Call::RequestSpecificNodesWithEeVersion { .. }
            | Call::RequestZkComputationNodesWithEeVersion { .. }
            | Call::ReRequestZkComputationNodes { .. } => self.request(call, context),

            Call::NotifyZkComputationDoneV1 => self.done_v1(context),
            Call::NotifyZkComputationDoneV2 { engines_status } => {
                self.done_v2(context, engines_status)
            }
            Call::NotifyContractDeleted { zk_contract } => self.deleted(context, zk_contract),
            Call::CheckContractStatus { zk_contract } => self.check_status(zk_contract),
            Call::ExtendZkComputationDeadline { contract_address } => self.extend(contract_address),

            Call::OnProducerInfo { .. }
            | Call::OnAssociated { .. }
            | Call::OnDisassociated { .. }
            | Call::OnContractStatus { .. }
            | Call::OnDeadlineExtended { .. } => refuse("unknown_action"),
        }
    }

    /// The rows of 4.4. The sender is never used; no callback sends anything.
    fn call_back(
        &mut self,
        call: &Call,
        context: &Context,
        outcome: &CallbackOutcome,
    ) -> Result<(), Refusal> {
        let now = context.now_ms;
        match call {
            Call::OnProducerInfo { account, rest_endpoint } => {
                self.on_producer_info(account, rest_endpoint, outcome)
            }
            Call::OnAssociated { account, amount } => {
                self.on_associated(account, *amount, outcome.success, now)
            }
            Call::OnDisassociated { account, amount, cut } => {
                self.on_disassociated(account, *amount, *cut, outcome.success, now)
            }
            Call::OnContractStatus { zk_contract } | Call::OnDeadlineExtended { zk_contract } => {
                self.end_report(zk_contract, outcome);
                Ok(())
            }
            _ => refuse("unknown_action"),
        }
    }
}
