/**
 * In place of @cornerstonejs/metadata: those of its own modules that Cornerstone's core asks for. The whole of it reads
 * DICOM files and compiles rules on series at every start, for which it needs DICOM's dictionary; no file comes here.
 */

import * as Enums from "@cornerstonejs/metadata/enums";
import * as metaData from "@cornerstonejs/metadata/metaData";
import calibratedPixelSpacingMetadataProvider from "@cornerstonejs/metadata/utilities/calibratedPixelSpacingMetadataProvider";
import * as spacing from "@cornerstonejs/metadata/utilities/getPixelSpacingInformation";
import imageIdToURI from "@cornerstonejs/metadata/utilities/imageIdToURI";
import * as video from "@cornerstonejs/metadata/utilities/isVideoTransferSyntax";
import * as splitting from "@cornerstonejs/metadata/utilities/splitImageIdsBy4DTags";

export const utilities = {
  calibratedPixelSpacingMetadataProvider,
  imageIdToURI,
  ...spacing,
  getPixelSpacingInformation: spacing.default,
  ...video,
  isVideoTransferSyntax: video.default,
  ...splitting,
  splitImageIdsBy4DTags: splitting.default,
};

export { Enums, metaData };
