/** The whole page, in the order in which it is read: cut off? where is it worst? the wall, the alarms. */

import { tryPassword } from "../listen";
import { announcement, cutOff, enlarged, signInNeeded } from "../screen";
import { Alarms } from "./Alarms";
import { CutOff, MissedWhileAway } from "./CutOff";
import { Help, NameDialog } from "./Dialogs";
import { Login } from "./Login";
import { Strip } from "./Strip";
import { Tools } from "./Tools";
import { Wall } from "./Wall";

export function Page() {
  if (signInNeeded.value) return <Login enter={tryPassword} />;
  return (
    <>
      <CutOff />
      <MissedWhileAway />
      <div class="page" data-testid="page" data-cut-off={cutOff.value} data-enlarged={enlarged.value !== null}>
        <Strip />
        <Tools />
        <Wall />
        <Alarms />
      </div>
      <NameDialog />
      <Help />
      <div class="spoken" role="alert" data-testid="announcement">{announcement.value}</div>
    </>
  );
}
