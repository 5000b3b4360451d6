import { effect } from "@preact/signals";
import { render } from "preact";
import { begin } from "./begin";
import { wearTheme } from "../theme";
import { takeKeys } from "./keys";
import { cameraName, settings } from "./screen";
import { Page } from "./view/Page";
import { words } from "./words";
import "../style/tokens.css";
import "../style/page.css";
import "./calibrate.css";

effect(() => {
  wearTheme(settings.theme.value);
  document.title = words.title(cameraName.value);
});
takeKeys();
begin();
render(<Page />, document.getElementById("page")!);
