window.addEventListener("load", () => {
  SwaggerUIBundle({ url: "/docs/openapi.json", dom_id: "#swagger-ui", deepLinking: true, tryItOutEnabled: true });
});
