// Everything that this package offers. Functions take a viem client first, so what isn't used isn't bundled.

export type { LogPlace } from "./events.ts";
export { asFailure, Failure, isCancelled, revertOf } from "./failure.ts";
export { fileCid, formatCid, rawLeafCid } from "./files/cid.ts";
export { fetchPinned, gatewayUrl } from "./files/gateway.ts";
export { imageBytes, type Metadata, parseMetadata, parseTokenUri } from "./files/metadata.ts";
export { decodePng, encodePng } from "./files/png.ts";
export {
  executorAbi,
  inferenceConsumerAbi,
  inferenceHubAbi,
  inferenceResolverAbi,
  modelRegistryAbi,
  rendererAbi,
  seedArtAbi,
} from "./generated/abi.ts";
export { type Answer, type Model, type Receipt, readAnswer, readModel, readRegistry } from "./inference/answer.ts";
export { challengeInference, type PartParameters, readDemandDeposit, reclaimDeposit } from "./inference/challenge.ts";
export { type ExamineProposalParameters, examineProposal, type Fault, readInput } from "./inference/examine.ts";
export { type Hidden, LEAVES, type WrongPixel } from "./inference/hidden.ts";
export { isAbove, LEVELS, type Level, levelOf, levelsAbove } from "./inference/level.ts";
export { readOutput } from "./inference/output.ts";
export { expireInference, readClaimable, withdraw } from "./inference/payments.ts";
export {
  decodePictureInput,
  decodePictureOutput,
  encodePictureInput,
  type PictureInput,
  type PictureOutput,
  pictureInputHash,
  pictureOutputHash,
} from "./inference/picture.ts";
export { type Opening, type PixelTree, pixelTree } from "./inference/pixel-tree.ts";
export { type ProposedAnswer, readProposedAnswer } from "./inference/proposed.ts";
export { type Price, quoteInference, type Reach, readReach } from "./inference/quote.ts";
export { type RaiseInferenceParameters, raiseInference } from "./inference/raise.ts";
export {
  type RequestedInference,
  readRequests,
  requestInference,
  requestsIn,
  type Sender,
} from "./inference/request.ts";
export {
  hasLapsed,
  type Proposal,
  type Request,
  raisingTo,
  readClockLead,
  readStanding,
  STATUS_NAMES,
  type Standing,
  Status,
  standingKey,
} from "./inference/standing.ts";
export { type Inference, waitForInference } from "./inference/wait.ts";
export { once } from "./once.ts";
export { drawingOf } from "./render/drawing.ts";
export type { Drawing, Pixels } from "./render/messages.ts";
export {
  MOST_PIXELS,
  MOST_SMOOTH,
  type OnRows,
  type Painted,
  type Painter,
  type PaintOptions,
  startPainter,
} from "./render/painter.ts";
export { createPainter, type Picture, render } from "./render/render.ts";
export { type Collection, readCollection } from "./token/collection.ts";
export { readPixel, readThumbnail, readTokenUri, THUMBNAIL } from "./token/drawing.ts";
export {
  type AttestedPicture,
  type Epoch,
  type EpochParameters,
  readAttestedPicture,
  readEpoch,
  readEpochNumber,
} from "./token/epoch.ts";
export { type MintedToken, type MintTokenParameters, mintToken, readMinted } from "./token/mint.ts";
export { type Phase, phaseOf } from "./token/phase.ts";
export { type KeptRenderer, readRenderer } from "./token/renderer.ts";
export { readState, type State, stateKey } from "./token/state.ts";
export {
  type Blueprint,
  readBlueprint,
  readMetadata,
  readOwner,
  readSeed,
  readToken,
  type Seed,
  Stage,
  type Token,
} from "./token/token.ts";
export { readTraits, sayTraits, type Trait } from "./token/traits.ts";
export type { Check, CheckStatus, Drawings, Evidence, Need, Outcome } from "./verify/check.ts";
export { gatherEvidence, type Known } from "./verify/evidence.ts";
export { RECEIPT_TYPES, receiptDomain, verifyReceipt } from "./verify/signature.ts";
export { CHECKS, isMet, isSpared, runChecks, type Verdict, verdictOf } from "./verify/verify.ts";
export { createDrawings, findProposed, type Verification, verifyToken } from "./verify/verify-token.ts";
