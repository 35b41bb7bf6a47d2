/** What things are called. Written by `make generated` from services/vocabulary. */

export type ClassName = "interstitial_pneumonia" | "other_pathology" | "no_pathology";
export type Label = "interstitial_pneumonia" | "other_pathology" | "no_pathology" | "not_a_chest_film";
export type Quality = "in_distribution" | "frontal" | "upright" | "positive";

/** Name to what people call it. */
export const NAMES: Readonly<Record<string, string>> = {
  "interstitial_pneumonia": "Interstitial pneumonia",
  "other_pathology": "Other pathology",
  "no_pathology": "No pathology",
  "not_a_chest_film": "Not a chest film",
  "Atelectasis": "Atelectasis",
  "Cardiomegaly": "Cardiomegaly",
  "Consolidation": "Consolidation",
  "Edema": "Edema",
  "Effusion": "Effusion",
  "Emphysema": "Emphysema",
  "Fibrosis": "Fibrosis",
  "Fracture": "Fracture",
  "Hernia": "Hernia",
  "Infiltration": "Infiltration",
  "Lung_Lesion": "Nodule or mass",
  "Lung_Opacity": "Lung opacity",
  "Mass": "Mass",
  "Nodule": "Nodule",
  "Pleural_Thickening": "Pleural thickening",
  "Pneumonia": "Pneumonia",
  "Pneumothorax": "Pneumothorax",
  "Support_Devices": "Support devices",
  "Tuberculosis": "Tuberculosis",
  "not_a_chest_radiograph": "Not a chest film",
  "lateral_view": "Lateral view",
  "rotated": "Rotated",
  "inverted": "Grey scale inverted",
  "lungs_not_found": "Lungs not found",
  "in_distribution": "chest",
  "frontal": "frontal",
  "upright": "upright",
  "positive": "positive"
};

/** The same where there is little room. */
export const SHORT_NAMES: Readonly<Record<string, string>> = {
  "interstitial_pneumonia": "Interstitial",
  "other_pathology": "Other",
  "no_pathology": "None"
};

/** In the order in which people and keys have them. */
export const ORDER: readonly string[] = [
  "interstitial_pneumonia",
  "other_pathology",
  "no_pathology",
  "in_distribution",
  "frontal",
  "upright",
  "positive",
  "discriminator",
  "segmenter",
  "classifier"
];

/** What the discriminator gives a probability of. */
export const QUALITIES: readonly Quality[] = [
  "in_distribution",
  "frontal",
  "upright",
  "positive"
];

/** Reason of a refusal to the probability that was too low, if one was, and to what the doctor can look at. */
export const REFUSALS: Readonly<Record<string, { quality: Quality | null; look: string }>> = {
  "not_a_chest_radiograph": {
    "quality": "in_distribution",
    "look": "The models know chest films only."
  },
  "lateral_view": {
    "quality": "frontal",
    "look": "The models know frontal films only."
  },
  "rotated": {
    "quality": "upright",
    "look": "The arrow on the film is where the file says that up is. R rotates what you see."
  },
  "inverted": {
    "quality": "positive",
    "look": "Bone looks dark. I inverts what you see, Shift+I shows the film inverted beside."
  },
  "lungs_not_found": {
    "quality": null,
    "look": "What was found of the lungs is drawn, if anything was."
  }
};

/** What a probability of the discriminator is of: "Probability that it is ...". */
export const SOUGHT: Readonly<Record<Quality, string>> = {
  "in_distribution": "a chest film",
  "frontal": "frontal",
  "upright": "upright",
  "positive": "not inverted"
};
