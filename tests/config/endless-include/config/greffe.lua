return { pipelines = include "pipelines/*.lua" }
