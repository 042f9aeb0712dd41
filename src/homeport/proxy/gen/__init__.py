"""docker-gen's place: files made from templates over the facts about containers."""
