// The Python of the repository: PYTHON if set, else its .venv, else python3.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../../../", import.meta.url));
const local = `${repository}.venv/bin/python`;
export const python = process.env.PYTHON ?? (existsSync(local) ? local : "python3");
