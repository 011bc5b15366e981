// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../../src/interfaces/IExecutor.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {ExecutorTest} from "./ExecutorTest.sol";
import {Form} from "./Form.sol";
import {IBench} from "./IBench.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";

interface ICertifier {
    error FormTruncated(uint256 length);
    error FormTrailing(uint256 count);
    error NotANetwork();
    error UnknownFormVersion(uint256 version);
    error BadDomain(int256 lo, int256 hi);
    error BadOperationCount(uint256 count);
    error BadOperation(uint256 operation, string rule);
    error NotDense(uint256 operation, string reason);
    error TooManyElements(uint256 value, uint256 count);
    error SumOutOfRange(uint256 operation, uint256 channel, int256 lo, int256 hi);

    function check(bytes calldata form) external pure returns (bool fitsPictures);
}

/// @notice What is certified is what the Rust reader takes; everything else is refused by name.
contract CertifyTest is ExecutorTest {
    struct Mutant {
        bytes form;
        bool valid;
        bytes[] inputs;
        bytes[] outputs;
    }

    ICertifier internal certifier;
    IBench internal bench;

    function setUp() public override {
        super.setUp();
        certifier = ICertifier(vm.deployCode("Certifier.sol:Certifier"));
        bench = IBench(vm.deployCode("Bench.sol:Bench"));
    }

    /* THE SAME VERDICT AS IN RUST */

    function test_changedFormsAreJudgedAsTheReaderJudgesThem() public view {
        Mutant[] memory mutants = abi.decode(_vectors("mutants.bin"), (Mutant[]));
        uint256 taken = 0;
        for (uint256 i = 0; i < mutants.length; ++i) {
            Mutant memory mutant = mutants[i];
            string memory name = string.concat("mutant ", vm.toString(i));
            try certifier.check(mutant.form) {
                assertTrue(mutant.valid, name);
                (bytes memory output,,) = bench.run(mutant.form, mutant.inputs[0], i % 2 == 0);
                assertEq(output, mutant.outputs[0], name);
                ++taken;
            } catch (bytes memory reason) {
                bool isOurs = bytes4(reason) == ICertifier.NotDense.selector;
                assertTrue(!mutant.valid || isOurs, name);
                assertGt(reason.length, 3, "a named error");
            }
        }
        assertGt(taken, 100, "some are still networks");
        assertLt(taken, mutants.length - 100, "some are not");
    }

    function test_theBoundItselfIsRefused() public {
        certifier.check(_single(127, (1 << 23) - 1 - 127 * 255));
        vm.expectRevert(abi.encodeWithSelector(ICertifier.SumOutOfRange.selector, 0, 0, int256(0), int256(1 << 23)));
        certifier.check(_single(127, (1 << 23) - 127 * 255));
        certifier.check(_single(-127, 127 * 255 + 1 - (1 << 23)));
        vm.expectRevert(abi.encodeWithSelector(ICertifier.SumOutOfRange.selector, 0, 0, -int256(1 << 23), int256(0)));
        certifier.check(_single(-127, 127 * 255 - (1 << 23)));
    }

    /* MALFORMED FORMS */

    function test_aFormIsRefusedWhereverItEnds() public {
        bytes memory form = _chain();
        certifier.check(form);
        for (uint256 length = 0; length < form.length; ++length) {
            bytes memory cut = _cut(form, length);
            vm.expectRevert(abi.encodeWithSelector(ICertifier.FormTruncated.selector, length));
            certifier.check(cut);
        }
        vm.expectRevert(abi.encodeWithSelector(ICertifier.FormTrailing.selector, 2));
        certifier.check(bytes.concat(form, hex"0000"));
    }

    /// @dev Either it is refused, or it is a network that keeps to its own memory (Bench looks).
    function testFuzz_anyByteMayBeChanged(uint256 at, bytes1 value) public view {
        bytes memory form = _chain();
        form[at % form.length] = value;
        try certifier.check(form) {
            bench.run(form, new bytes(1000), at % 2 == 0);
        } catch (bytes memory reason) {
            assertGt(reason.length, 3, "a named error");
        }
    }

    function test_magicAndVersionAreChecked() public {
        bytes memory form = _chain();
        form[0] = "v";
        vm.expectRevert(ICertifier.NotANetwork.selector);
        certifier.check(form);
        (form[0], form[4]) = ("V", 0x02);
        vm.expectRevert(abi.encodeWithSelector(ICertifier.UnknownFormVersion.selector, 2));
        certifier.check(form);
    }

    function test_domainsAreChecked() public {
        _expectDomain(10, 9);
        _expectDomain(-129, 3);
        _expectDomain(0, 256);
        bytes memory form = Form.header(0, 0, 255, 0, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(ICertifier.BadDomain.selector, int256(0), int256(255)));
        certifier.check(bytes.concat(form, hex"0300000000010001"));
        // A range of no latents.
        form = _chain();
        form[17] = 0x01;
        vm.expectRevert(abi.encodeWithSelector(ICertifier.BadDomain.selector, int256(1), int256(0)));
        certifier.check(form);
    }

    function test_operationsAreCounted() public {
        vm.expectRevert(abi.encodeWithSelector(ICertifier.BadOperationCount.selector, 0));
        certifier.check(Form.header(1, 0, 255, 0, 0, 0));
        vm.expectRevert(abi.encodeWithSelector(ICertifier.BadOperationCount.selector, 4097));
        certifier.check(Form.header(1, 0, 255, 0, 0, 4097));
    }

    function test_rulesOfOperationsAreNamed() public {
        // Offsets in a linear operation, which begins at byte 24: source 1, outputs 3, kernel 5, stride 6, activation 7,
        // shift 8, table 9, latent 10.
        _expectRule(1, 0x01, "it may read earlier values only");
        _expectRule(5, 0x02, "kernel");
        _expectRule(6, 0x03, "stride");
        _expectRule(7, 0x03, "activation");
        _expectRule(8, 0x18, "shift");
        _expectRule(9, 0x01, "table");
        _expectRule(10, 0x01, "latent");
        bytes memory form = Form.header(1, 0, 255, 0, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(ICertifier.BadOperation.selector, 0, "unknown code"));
        certifier.check(bytes.concat(form, hex"04"));
        vm.expectRevert(abi.encodeWithSelector(ICertifier.BadOperation.selector, 0, "a concat of one"));
        certifier.check(bytes.concat(form, hex"02010000"));
        vm.expectRevert(abi.encodeWithSelector(ICertifier.BadOperation.selector, 0, "a reshape keeps all elements"));
        certifier.check(bytes.concat(form, hex"03", hex"0000020001000100"));
    }

    function test_whatIsNotDenseIsRefusedByName() public {
        bytes memory form = _single(1, 0);
        form[29] = 0x03;
        vm.expectRevert(abi.encodeWithSelector(ICertifier.NotDense.selector, 0, "a kernel of 3"));
        certifier.check(form);
        vm.expectRevert(abi.encodeWithSelector(ICertifier.NotDense.selector, 0, "a resize"));
        certifier.check(bytes.concat(Form.header(1, 0, 255, 0, 0, 1), hex"010000"));
        form = _single(1, 0);
        form[7] = 0x02;
        vm.expectRevert(abi.encodeWithSelector(ICertifier.NotDense.selector, 0, "its source is no vector"));
        certifier.check(form);
    }

    function test_valuesMayNotHoldTooMuchTogether() public {
        bytes memory form = Form.header(60_000, 0, 255, 0, 0, 18);
        for (uint256 i = 0; i < 18; ++i) {
            form = bytes.concat(form, hex"03", bytes2(uint16(i << 8)), hex"60ea01000100");
        }
        vm.expectRevert(abi.encodeWithSelector(ICertifier.TooManyElements.selector, 17, 18 * 60_000));
        certifier.check(form);
    }

    /* THE EXECUTOR'S MARK */

    function test_certifyingMarksTheVersionOnce() public {
        bytes memory form = _chain();
        bytes32 modelId = _register(form, IModelRegistry.Task.Tensor);
        assertFalse(executor.isCertified(modelId), "not yet");
        vm.expectEmit(address(executor));
        emit IExecutor.ModelCertified(modelId, keccak256(form));
        executor.certify(modelId);
        assertTrue(executor.isCertified(modelId), "certified");
        vm.recordLogs();
        executor.certify(modelId);
        assertEq(vm.getRecordedLogs().length, 0, "nothing the second time");
        assertEq(executor.registry(), address(registry), "registry");
    }

    function test_aVersionWithoutWeightsOnChainIsRefused() public {
        bytes32 modelId = registry.register(
            IModelRegistry.Model(IModelRegistry.Task.Tensor, keccak256("form"), 0, address(1), ""), new address[](0)
        );
        vm.expectRevert(abi.encodeWithSelector(ICertifier.FormTruncated.selector, 0));
        executor.certify(modelId);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, bytes32("none")));
        executor.certify("none");
    }

    /// No fraud proof of it would fit into a transaction.
    function test_aModelTooHeavyForATransactionIsRefused() public {
        bytes32 light = _registerRepeated(4);
        executor.certify(light);
        bytes32 heavy = _registerRepeated(100);
        vm.expectPartialRevert(IExecutor.TooHeavy.selector);
        executor.certify(heavy);
        assertFalse(executor.isCertified(heavy), "not certified");
    }

    function test_longerVectorsThanTheHubTakesAreRefused() public {
        // One input and 4,097 raw sums, then 16,385 inputs and one clip; all weights and biases are zero.
        bytes memory form =
            bytes.concat(Form.header(1, 0, 255, 0, 0, 1), hex"0000000110010100000000", new bytes(20_485));
        bytes32 modelId = _register(form, IModelRegistry.Task.Tensor);
        vm.expectRevert(abi.encodeWithSelector(IExecutor.TooLong.selector, modelId, 16_388));
        executor.certify(modelId);
        form = bytes.concat(Form.header(16_385, 0, 255, 0, 0, 1), hex"0000000100010101070000", new bytes(16_389));
        modelId = _register(form, IModelRegistry.Task.Tensor);
        vm.expectRevert(abi.encodeWithSelector(IExecutor.TooLong.selector, modelId, 16_385));
        executor.certify(modelId);
    }

    function test_aPictureModelMustFitTheRenderer() public {
        uint16[] memory widths = new uint16[](3);
        (widths[0], widths[1], widths[2]) = (6, 5, 3);
        bytes32 good = _register(Form.chain(widths, hex"0202", -128, 32), IModelRegistry.Task.Picture);
        executor.certify(good);
        _expectNoPicture(Form.chain(widths, hex"0200", -128, 32));
        _expectNoPicture(Form.chain(widths, hex"0202", 0, 32));
        _expectNoPicture(Form.chain(widths, hex"0202", -128, 31));
        _expectNoPicture(Form.chain(widths, hex"0202", -128, 0));
        widths[2] = 4;
        _expectNoPicture(Form.chain(widths, hex"0202", -128, 32));
        (widths[2], widths[0]) = (3, 7);
        _expectNoPicture(Form.chain(widths, hex"0202", -128, 32));
        // 1×2×3 instead of 6×1×1.
        widths[0] = 6;
        bytes memory form = Form.header(6, -128, 127, 32, 1, 2);
        (form[5], form[7], form[9]) = (0x01, 0x02, 0x03);
        form = bytes.concat(
            form, hex"03", hex"0000060001000100", Form.dense(Form.Dense(1, 6, 3, Form.PHASE, 7, 0, 32, 9), "fields")
        );
        _expectNoPicture(form);
    }

    /* INTERNAL */

    /// @dev 16,000 inputs, and `outputs` sums of all of them: rows of ones, which are all the same chunk.
    function _registerRepeated(uint256 outputs) private returns (bytes32) {
        bytes memory head = bytes.concat(
            Form.header(16_000, 0, 255, 0, 0, 1), hex"000000", bytes1(uint8(outputs)), hex"00010101070000"
        );
        address[] memory chunks = new address[](outputs + 2);
        chunks[0] = SSTORE2.write(head);
        chunks[1] = SSTORE2.write(_filled("", 16_000, 0));
        chunks[outputs + 1] = SSTORE2.write(new bytes(4 * outputs));
        for (uint256 i = 2; i <= outputs; ++i) {
            chunks[i] = chunks[1];
        }
        bytes32 hash = keccak256(_filled(head, 16_000 * outputs, 4 * outputs));
        return registry.register(IModelRegistry.Model(IModelRegistry.Task.Tensor, hash, 0, address(1), ""), chunks);
    }

    /// @dev Some bytes, ones, and zeros.
    function _filled(bytes memory head, uint256 ones, uint256 zeros) private pure returns (bytes memory bytes_) {
        bytes_ = new bytes(head.length + ones + zeros);
        bytes32 word = bytes32(type(uint256).max / 255);
        assembly ("memory-safe") {
            let from := add(add(bytes_, 0x20), mload(head))
            for { let end := add(from, ones) } lt(from, end) { from := add(from, 0x20) } { mstore(from, word) }
            mcopy(add(bytes_, 0x20), add(head, 0x20), mload(head))
        }
    }

    function _expectNoPicture(bytes memory form) private {
        bytes32 modelId = _register(form, IModelRegistry.Task.Picture);
        vm.expectRevert(abi.encodeWithSelector(IExecutor.NotAPicture.selector, modelId));
        executor.certify(modelId);
    }

    function _expectDomain(int16 lo, int16 hi) private {
        vm.expectRevert(abi.encodeWithSelector(ICertifier.BadDomain.selector, int256(lo), int256(hi)));
        certifier.check(Form.header(1, lo, hi, 0, 0, 1));
    }

    function _expectRule(uint256 offset, bytes1 value, string memory rule) private {
        bytes memory form = _single(1, 0);
        form[24 + offset] = value;
        vm.expectRevert(abi.encodeWithSelector(ICertifier.BadOperation.selector, 0, rule));
        certifier.check(form);
    }

    /// @dev One input, one weight, one clip.
    function _single(int8 weight, int32 bias) private pure returns (bytes memory) {
        uint32 b = uint32(bias);
        bytes4 swapped = bytes4((b << 24) | ((b & 0xff00) << 8) | ((b >> 8) & 0xff00) | (b >> 24));
        return
            bytes.concat(Form.header(1, 0, 255, 0, 0, 1), hex"0000000100010101070000", bytes1(uint8(weight)), swapped);
    }

    /// @dev A small network of everything: joins, a reshape, both activations, a table, raw sums.
    function _chain() private pure returns (bytes memory) {
        return bytes.concat(
            Form.header(3, -5, 200, 0, 1, 5),
            Form.dense(Form.Dense(0, 3, 4, Form.CLIP, 4, 0, 0, 900), "clip"),
            hex"020300000100" hex"0000",
            hex"0302000a0001000100",
            Form.dense(Form.Dense(3, 10, 5, Form.PHASE, 6, 0, 0, 900), "phase"),
            Form.dense(Form.Dense(4, 5, 2, Form.RAW, 0, 0, 0, 900), "raw")
        );
    }

    function _cut(bytes memory form, uint256 length) private pure returns (bytes memory cut) {
        cut = bytes.concat(form);
        assembly ("memory-safe") {
            mstore(cut, length)
        }
    }
}
