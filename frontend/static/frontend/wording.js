/** The words of the map's own pages, with all they need, as one file when joined. Other pages take `labels.js` as it is written:
 * a joined file brings the map of its page along. */
import { labelRules } from "./labels.js";

export const wordRules = labelRules;
