// `npm run feed -- --scenario NAME`: the made-up service of feed.py.
import { spawn } from "node:child_process";
import { python, repository } from "./python.mjs";

const feed = spawn(python, ["-m", "service.dashboard.dev.feed", ...process.argv.slice(2)], { cwd: repository, stdio: "inherit" });
feed.on("exit", (code) => process.exit(code ?? 1));
process.on("SIGINT", () => feed.kill("SIGINT"));
