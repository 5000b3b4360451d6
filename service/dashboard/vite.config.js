import { defineConfig } from "vitest/config";

/** Where `npm run dev` sends what is not a file of ours: the service, or `dev/feed.py`. */
const service = process.env.CRUSHWATCH_SERVICE ?? "http://127.0.0.1:8000";

export default defineConfig({
  // Relative addresses: the page also works behind a proxy that gives it a path of its own.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // The service forbids inline scripts, styles and data: scripts, so nothing is inlined.
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ["index.html", "calibrate.html"] },
  },
  server: { proxy: { "/api": { target: service, ws: true, changeOrigin: true } } },
  test: { css: true, include: ["tests/**/*.test.ts"], environment: "node" },
});
