// Keeps uploads: POST /NAME writes one, GET /NAME reads it.
const fs = require("fs");
const http = require("http");
const path = (url) => "/srv/uploads/" + url.slice(1);

http.createServer((request, response) => {
  try {
    if (request.method === "POST") fs.writeFileSync(path(request.url), request.url.slice(1));
    response.end(fs.readFileSync(path(request.url)));
  } catch (error) {
    response.statusCode = 500;
    response.end(error.message);
  }
}).listen(8000);
process.on("SIGTERM", () => process.exit(0));
