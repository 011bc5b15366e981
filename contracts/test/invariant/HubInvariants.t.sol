// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {Hub} from "../Hub.sol";
import {StubExecutor} from "../mocks/StubExecutor.sol";
import {HubLife} from "./HubLife.sol";
import {HubWorld} from "./HubWorld.sol";
import {Test} from "forge-std/Test.sol";

/// @notice What holds of the hub whatever happens, in whatever order.
contract HubInvariantsTest is Test {
    uint256 internal constant KEY = 0xa77e57;

    Hub internal hub;
    HubLife internal life;

    function setUp() public {
        vm.warp(1_790_000_000);
        ModelRegistry registry = new ModelRegistry();
        StubExecutor stub = new StubExecutor(address(registry));
        hub = Hub(deployCode("InferenceHub.sol:InferenceHub", abi.encode(registry, stub)));
        HubWorld.Models memory models = HubWorld.Models(
            _register(registry, IModelRegistry.Task.Tensor), _register(registry, IModelRegistry.Task.Picture), KEY
        );
        stub.certify(models.tensor);
        stub.certify(models.picture);
        life = new HubLife(hub, stub, models);
        _setTerms(models.tensor);
        _setTerms(models.picture);
        life.begin();
        targetContract(address(life));
        _target();
    }

    /// @dev Time passes twice as often as anything else happens.
    function _target() private {
        bytes4[25] memory steps = [
            life.ask.selector,
            life.raise.selector,
            life.fulfil.selector,
            life.proposeHonestly.selector,
            life.proposeAnything.selector,
            life.finalise.selector,
            life.vote.selector,
            life.reveal.selector,
            life.execute.selector,
            life.deliver.selector,
            life.mend.selector,
            life.challengeWildly.selector,
            life.challengeOutputWildly.selector,
            life.demand.selector,
            life.show.selector,
            life.voidProposal.selector,
            life.reclaim.selector,
            life.stakeHonestly.selector,
            life.unstakeHonestly.selector,
            life.unstakeDishonestly.selector,
            life.withdraw.selector,
            life.burn.selector,
            life.expire.selector,
            life.passTime.selector,
            life.passTime.selector
        ];
        bytes4[] memory selectors = new bytes4[](steps.length);
        for (uint256 i = 0; i < steps.length; ++i) {
            selectors[i] = steps[i];
        }
        targetSelector(FuzzSelector(address(life), selectors));
    }

    function invariant_escrowStakesDepositsAndClaimsAreTheBalance() public view {
        (uint256 honestFree, uint256 honestLocked,) = hub.stakeOf(life.honest());
        (uint256 otherFree, uint256 otherLocked, uint256 burnt) = hub.stakeOf(life.dishonest());
        uint256 stakes = honestFree + honestLocked + otherFree + otherLocked;
        stakes += burnt;
        assertLe(life.deposits(), address(hub).balance, "no deposit is given back twice");
        assertEq(life.escrowed() + stakes + life.deposits() + life.owed(), address(hub).balance, "what the hub holds");
    }

    function invariant_theHonestOperatorIsNeverSlashed() public view {
        (uint256 free, uint256 locked, uint256 burnt) = hub.stakeOf(life.honest());
        assertEq(free + locked, life.honestStake(), "stake");
        assertEq(burnt, 0, "nothing burnt");
    }

    function invariant_noWrongAnswerIsFinalAtLevelOptimisticOrAbove() public view {
        for (uint256 i = 0; i < life.count(); ++i) {
            bytes32 requestId = life.requests(i);
            try hub.levelOf(requestId) returns (IInferenceHub.Assurance level) {
                if (level >= IInferenceHub.Assurance.Optimistic) assertTrue(life.isRight(requestId), "right");
            } catch {}
        }
    }

    /// Bonds are locked for proposals that wait, and for nothing else.
    function invariant_lockedStakesAreTheBondsOfWhatIsProposed() public view {
        uint256 bonds;
        for (uint256 i = 0; i < life.count(); ++i) {
            bonds += hub.proposalOf(life.requests(i)).bond;
        }
        (, uint256 honestLocked,) = hub.stakeOf(life.honest());
        (, uint256 otherLocked,) = hub.stakeOf(life.dishonest());
        assertEq(honestLocked + otherLocked, bonds, "bonds");
    }

    /// Whatever has happened, time ends it: nothing stays escrowed, bonded or deposited.
    function afterInvariant() public {
        life.closeEverything();
        assertEq(life.escrowed(), 0, "escrow");
        assertEq(life.deposits(), 0, "deposits");
        (, uint256 honestLocked,) = hub.stakeOf(life.honest());
        (, uint256 otherLocked,) = hub.stakeOf(life.dishonest());
        assertEq(honestLocked + otherLocked, 0, "bonds");
        invariant_escrowStakesDepositsAndClaimsAreTheBalance();
        invariant_theHonestOperatorIsNeverSlashed();
        invariant_noWrongAnswerIsFinalAtLevelOptimisticOrAbove();
    }

    function _register(ModelRegistry registry, IModelRegistry.Task task) private returns (bytes32) {
        return registry.register(IModelRegistry.Model(task, 0, 0, vm.addr(KEY), ""), new address[](0));
    }

    function _setTerms(bytes32 modelId) private {
        address[] memory operators = new address[](5);
        for (uint256 i = 0; i < 5; ++i) {
            operators[i] = life.quorum(i);
        }
        hub.setQuorum(modelId, IInferenceHub.QuorumTerms(operators, 3, 14 minutes, 14 minutes));
        hub.setOptimistic(modelId, IInferenceHub.OptimisticTerms(life.BOND(), life.WINDOW()));
    }
}
