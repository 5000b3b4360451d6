import { render } from "preact";
import { dressPage } from "./dress";
import { takeHands } from "./hands";
import { listen } from "./listen";
import { Page } from "./view/Page";
import "./style/tokens.css";
import "./style/page.css";

dressPage();
takeHands();
listen();
render(<Page />, document.getElementById("page")!);
