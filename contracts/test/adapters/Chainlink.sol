// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

// Chainlink's own contracts (npm @chainlink/contracts) as the tests use them, unchanged. They lie beside the forge-std that
// the package carries.
import {FunctionsClient} from "forge-std/../../../functions/v1_0_0/FunctionsClient.sol";
import {FunctionsClientExample} from "forge-std/../../../functions/v1_0_0/example/FunctionsClientExample.sol";
import {IFunctionsClient} from "forge-std/../../../functions/v1_0_0/interfaces/IFunctionsClient.sol";
import {IFunctionsRouter} from "forge-std/../../../functions/v1_0_0/interfaces/IFunctionsRouter.sol";
import {IFunctionsSubscriptions} from "forge-std/../../../functions/v1_0_0/interfaces/IFunctionsSubscriptions.sol";
import {FunctionsRequest} from "forge-std/../../../functions/v1_0_0/libraries/FunctionsRequest.sol";
import {FunctionsClient as FunctionsClientV13} from "forge-std/../../../functions/v1_3_0/FunctionsClient.sol";
