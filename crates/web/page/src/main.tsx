/** Where the page begins. */

import "./style.css";
import { render } from "preact";
import { follow } from "./api/follow.ts";
import { stream } from "./api/stream.ts";
import { followBook } from "./market/book.ts";
import { Page } from "./page.tsx";
import { followTicket } from "./ticket/state.ts";
import { dress } from "./ui/header.tsx";

dress();
const host = document.getElementById("page");
if (host !== null) render(<Page />, host);
follow();
followTicket();
followBook();
stream();
