// What a Node function's process runs: reads events from a pipe, calls the handler, writes results to another.
import { createInterface } from "node:readline";
import { existsSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const results = Number(process.env.REHEARSAL_RESULTS);
delete process.env.REHEARSAL_RESULTS;
const root = process.env.LAMBDA_TASK_ROOT;

function tell(message) {
  const bytes = Buffer.from(JSON.stringify(message) + "\n");
  for (let written = 0; written < bytes.length; ) written += writeSync(results, bytes, written);
}

function described(error, kind) {
  const known = error instanceof Error;
  return {
    errorType: kind ?? (known ? error.name : "Error"),
    errorMessage: known ? error.message : String(error),
    trace: known ? (error.stack ?? "").split("\n") : [],
  };
}

function failed(error, kind) {
  const shape = described(error, kind);
  console.error(`ERROR\t${shape.errorType}: ${shape.errorMessage}\n${shape.trace.join("\n")}`);
  return { error: shape };
}

async function findHandler(name) {
  const dot = name.lastIndexOf(".");
  const file = path.resolve(root, name.slice(0, dot));
  const found = [".mjs", ".js", ".cjs"].map((ending) => file + ending).find(existsSync);
  if (!found) throw Object.assign(new Error(`Cannot find module '${name.slice(0, dot)}'`), { kind: "Runtime.ImportModuleError" });
  const loaded = found.endsWith(".cjs") ? createRequire(import.meta.url)(found) : await import(pathToFileURL(found));
  const handler = loaded[name.slice(dot + 1)] ?? loaded.default?.[name.slice(dot + 1)];
  if (typeof handler !== "function") throw Object.assign(new Error(`${name} is undefined or not exported`), { kind: "Runtime.HandlerNotFound" });
  return handler;
}

function context(call) {
  return {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: call.request_id,
    invokedFunctionArn: call.arn,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(call.deadline * 1000 - Date.now())),
  };
}

function invoke(handler, call) {
  return new Promise((resolve, reject) => {
    const callback = (error, result) => (error ? reject(error) : resolve(result));
    const returned = handler(JSON.parse(call.payload), context(call), callback);
    // A handler with a third parameter may answer through it; any other answers with what it returns.
    if (returned?.then) returned.then(resolve, reject);
    else if (handler.length < 3) resolve(returned);
  });
}

async function main() {
  let handler;
  try {
    handler = await findHandler(process.env._HANDLER);
  } catch (error) {
    tell(failed(error, error.kind ?? "Runtime.ImportModuleError"));
    return;
  }
  tell({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const call = JSON.parse(line);
    try {
      tell({ result: JSON.stringify((await invoke(handler, call)) ?? null) });
    } catch (error) {
      tell(failed(error));
    }
  }
}

await main();
