{% include "tables.js" %}
{% include "graph.js" %}
