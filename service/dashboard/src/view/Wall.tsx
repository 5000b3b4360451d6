/** The wall of cameras, or what to do first when there is none. */

import { cameraIdsOnWall, onPhone, order, site, wallSize } from "../screen";
import { words } from "../words";
import { Tile } from "./Tile";

export function Wall() {
  if (!site.value) return <Empty headline={words.empty.waiting} hint={words.cutOff.connecting} />;
  if (order.value.length === 0) return <Empty headline={words.empty.noCameras} hint={words.empty.noCamerasHint} />;
  const columns = Math.sqrt(wallSize.value);
  const rows = Math.ceil(cameraIdsOnWall.value.length / columns);
  const roomy = onPhone.value || (rows === 1 && columns <= 2);
  return (
    <main class="wall" data-testid="wall" data-size={wallSize.value} data-roomy={roomy} style={{ "--columns": String(columns), "--rows": String(rows) }}>
      {cameraIdsOnWall.value.map((id) => <Tile key={id} id={id} />)}
    </main>
  );
}

function Empty({ headline, hint }: { headline: string; hint: string }) {
  return (
    <main class="wall empty" data-testid="empty">
      <h2>{headline}</h2>
      <p>{hint}</p>
    </main>
  );
}
