/** Views that only a host that is alive can fill; it hands them to the page, and a file is spared them. */

import { counted } from "./views/counted.js";
import { dependence } from "./views/dependence.js";
import { pagedData } from "./views/paged-data.js";
import { whatIf } from "./views/what-if.js";

export const liveViews = { counted, dependence, pagedData, whatIf };

/** @typedef {typeof liveViews} Live */
